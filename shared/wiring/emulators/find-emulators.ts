import { realpathSync } from 'node:fs';
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { EmulatorWishes } from '../config.ts';
import { answersAt } from './answers-at.ts';

export type EmulatorName = 'firestore' | 'pubsub';

/** Where an emulator is to be had: it runs already, or can be started, or a sentence says what is missing and what brings it. */
export type Found =
  | { readonly kind: 'running'; readonly host: string }
  | { readonly kind: 'startable'; readonly java: string; readonly jar: string }
  | { readonly kind: 'missing'; readonly faults: readonly string[] };

const variables = { firestore: 'FIRESTORE_EMULATOR_HOST', pubsub: 'PUBSUB_EMULATOR_HOST' } as const;
const titles = { firestore: 'Firestore', pubsub: 'Pub/Sub' } as const;

/** A host that somebody has named is used or refused; nothing is started in its place. */
export async function findEmulator(
  name: EmulatorName,
  wishes: EmulatorWishes,
  usualRoots: readonly string[] = installersRoots,
): Promise<Found> {
  const host = wishes.hosts[name];
  if (host !== undefined) {
    if (await answersAt(host)) return { kind: 'running', host };
    return missing(
      `Nothing answers at ${variables[name]}=${host}: start the ${titles[name]} emulator there, or run \`unset ${variables[name]}\` and one is started for you.`,
    );
  }
  const [jar, java] = [await findJar(name, sdkRoots(wishes, usualRoots)), await findJava(wishes)];
  if (jar.kind === 'found' && java.kind === 'found') return { kind: 'startable', java: java.path, jar: jar.path };
  return missing(...[jar, java].flatMap((part) => (part.kind === 'fault' ? [part.fault] : [])));
}

type Part = { readonly kind: 'found'; readonly path: string } | { readonly kind: 'fault'; readonly fault: string };

function missing(...faults: string[]): Found {
  return { kind: 'missing', faults };
}

const places = {
  firestore: { folder: 'cloud-firestore-emulator', jar: /^cloud-firestore-emulator\.jar$/ },
  pubsub: { folder: 'pubsub-emulator/lib', jar: /^cloud-pubsub-emulator-.*-all\.jar$/ },
};

async function findJar(name: EmulatorName, roots: readonly string[]): Promise<Part> {
  for (const root of roots) {
    const folder = join(root, 'platform', places[name].folder);
    const file = (await filesIn(folder)).find((each) => places[name].jar.test(each));
    if (file !== undefined) return { kind: 'found', path: join(folder, file) };
  }
  const hasSdk = (await Promise.all(roots.map((root) => filesIn(join(root, 'bin'))))).some((bin) => bin.length > 0);
  return {
    kind: 'fault',
    fault: `The ${titles[name]} emulator is not installed: ${hasSdk ? bringJar(name) : bringSdk(name)}`,
  };
}

/** Where Debian's packages, a container image and Homebrew put the SDK. */
const installersRoots = [
  '/usr/lib/google-cloud-sdk',
  '/usr/share/google-cloud-sdk',
  '/opt/google-cloud-sdk',
  '/opt/homebrew/share/google-cloud-sdk',
  '/usr/local/share/google-cloud-sdk',
];

/** Where this machine says that it is goes before where it usually is. */
function sdkRoots({ path, home, sdkRoot }: EmulatorWishes, usual: readonly string[]): readonly string[] {
  const onPath = path.split(delimiter).flatMap((folder) => rootOfCommand(join(folder, 'gcloud')));
  return [...(sdkRoot ? [sdkRoot] : []), ...onPath, ...usual, join(home, 'google-cloud-sdk')];
}

/** `gcloud` lies in the `bin` of the SDK; on the path there is often only a link to it. */
function rootOfCommand(command: string): readonly string[] {
  try {
    return [dirname(dirname(realpathSync(command)))];
  } catch {
    return [];
  }
}

function bringJar(name: EmulatorName): string {
  const component = { firestore: 'cloud-firestore-emulator', pubsub: 'pubsub-emulator' }[name];
  return `run \`gcloud components install ${component}\`, or where apt installed gcloud, \`sudo apt-get install google-cloud-cli-${name}-emulator\`.`;
}

function bringSdk(name: EmulatorName): string {
  return `it comes with the Google Cloud CLI (https://cloud.google.com/sdk/docs/install); install that, then ${bringJar(name)}`;
}

const bringJava =
  'The emulators need Java 17 or newer: run `sudo apt-get install openjdk-17-jre-headless` (macOS: `brew install openjdk`), or set JAVA_HOME.';

async function findJava({ path, javaHome }: EmulatorWishes): Promise<Part> {
  const folders = [...(javaHome ? [join(javaHome, 'bin')] : []), ...path.split(delimiter)];
  for (const folder of folders) {
    const java = join(folder, process.platform === 'win32' ? 'java.exe' : 'java');
    if (await canRun(java)) return { kind: 'found', path: java };
  }
  return { kind: 'fault', fault: bringJava };
}

async function canRun(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
