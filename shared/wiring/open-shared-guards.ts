import { createMachineClock } from '../adapters/machine/clock.ts';
import { machineRandom } from '../adapters/machine/random.ts';
import { createMachineTerminal } from '../adapters/machine/terminal.ts';
import { createPubSubTopics } from '../adapters/pubsub/topics.ts';
import { CodedError, messageOf } from '../core/error.ts';
import { newId } from '../core/id.ts';
import { createGuardModes, type GuardModeView } from '../engine/guards/mode.ts';
import { type Config, readConfig } from './config.ts';
import { createGuardSet } from './guard-set.ts';
import { type GuardsFile, noGuardsFile, readGuardsFile } from './guards-file.ts';
import { offerGuards, withdrawGuards } from './guards-here.ts';
import { type HotStores, openHotStores } from './hot-stores.ts';
import { openFirestore } from './open-firestore.ts';
import { openGuards } from './open-guards.ts';
import { publisherWhenNeeded } from './publisher-when-needed.ts';
import type { SharedGuards, ShareOptions } from './share-guards.ts';
import type { FirestoreChoice } from './store-choice.ts';

/** Between two looks at what operators have configured; for free where they have done nothing but for one small read. */
const newsEveryMs = 10_000;

/** See `shareGuards`. */
export async function openSharedGuards(options: ShareOptions): Promise<SharedGuards> {
  const { redisUrl, guardsFile, store, project, pubsubHost } = settingsOf(options);
  const { report = reportOnStderr() } = options;
  const [clock, random] = [createMachineClock(), machineRandom];
  const file = guardsFile === undefined ? noGuardsFile : await readGuardsFile(guardsFile);
  const hot = await openHotStores({ clock, random, redisUrl, report });
  const common = { clock, random, file, hot, report };
  return store.kind === 'firestore'
    ? shareWithRecords(common, store, { projectId: project ?? store.project, emulatorHost: pubsubHost })
    : shareHotOnly(common);
}

interface Common {
  readonly clock: ReturnType<typeof createMachineClock>;
  readonly random: typeof machineRandom;
  readonly file: GuardsFile;
  readonly hot: HotStores;
  report(error: unknown, context: string): void;
}

/** Transitions are left in Redis to whoever keeps records; with nobody there the newest are there as long as it keeps them. */
async function shareHotOnly(common: Common): Promise<SharedGuards> {
  const { clock, random, hot } = common;
  const tell = () => {};
  const modes = createGuardModes({ clock, hasHot: hot.states !== undefined, hasRecords: false, tell });
  const instance = `instance-${newId(clock.now(), random)}`;
  const set = createGuardSet({ ...common, instance, modes, tell });
  const here = { breaker: set.breakers.breaker, bulkhead: set.bulkheads.bulkhead, guard: set.guard };
  offerGuards(here);
  await set.breakers.ready();
  return shared(modes, async () => {
    withdrawGuards(here);
    await set.close();
    await hot.close();
  });
}

async function shareWithRecords(
  common: Common,
  store: FirestoreChoice,
  { projectId, emulatorHost }: { readonly projectId: string; readonly emulatorHost: string | undefined },
): Promise<SharedGuards> {
  const { clock, random } = common;
  const kept = await openFirestore(store, clock, random);
  const publisher = publisherWhenNeeded({ projectId, ...(emulatorHost !== undefined && { emulatorHost }) });
  const topics = createPubSubTopics(publisher);
  const guards = openGuards({ ...common, records: kept.guards, counts: kept.counts, topics, mayBeUnheard: false });
  await guards.ready();
  const ended = new AbortController();
  const following = followDecisions(() => guards.desk.news.refreshWhenOld(), clock.sleep, ended.signal);
  return shared(guards.breakers.modes, async () => {
    ended.abort();
    await following;
    await guards.close();
    await publisher.close();
    await kept.close();
  });
}

/** An engine looks with each node; here nobody knows when a bulkhead is used. */
async function followDecisions(
  look: () => Promise<void>,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
  ended: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(newsEveryMs, ended);
    if (ended.aborted) return;
    await look();
  }
}

function shared(modes: { readonly view: GuardModeView }, close: () => Promise<void>): SharedGuards {
  let closing: Promise<void> | undefined;
  return {
    get mode() {
      return modes.view.mode;
    },
    get because() {
      return modes.view.because;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function settingsOf({ redisUrl: redis, store, guardsFile: guards }: ShareOptions): Config {
  const said = { ...(redis !== undefined && { redis }), ...(store !== undefined && { store }) };
  const flags = { ...said, ...(guards !== undefined && { guards }) };
  const read = readConfig(flags, undefined, undefined, { store: 'memory' });
  if (read.kind === 'faults') throw new CodedError('settings_invalid', read.faults.join('\n'));
  return read.config;
}

function reportOnStderr(): (error: unknown, context: string) => void {
  const { err } = createMachineTerminal({ colour: false, live: false });
  return (error, context) => err.write(`breakwater: ${context}: ${messageOf(error)}\n`);
}
