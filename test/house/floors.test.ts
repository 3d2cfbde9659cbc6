import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');
const firstFloor = ['jobs', 'policy', 'recovery', 'services', 'anomaly', 'telemetry'];

/** Which rooms of `shared/` a room may import, beside itself. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  jobs: ['core', 'policy'],
  policy: ['core'],
  recovery: ['core', 'policy', 'jobs'],
  services: ['core'],
  anomaly: ['core'],
  telemetry: ['core'],
  ports: ['core', ...firstFloor],
  engine: ['core', ...firstFloor, 'ports'],
  adapters: ['core', ...firstFloor, 'ports'],
  edge: ['core', ...firstFloor, 'engine', 'ports'],
  wiring: ['core', ...firstFloor, 'ports', 'engine', 'adapters', 'edge'],
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isType: boolean;
}

const imports = filesBelow('shared').flatMap(importsOf);
const importsOfDoors = filesBelow('functions').flatMap(importsOf);

describe('the house', () => {
  test('every import goes down or sideways as the plan of the floors allows', () => {
    expect(imports.filter(crossesFloors).map(tell)).toEqual([]);
  });

  test('another room of the first floor is entered through its index', () => {
    expect(imports.filter(climbsThroughAWindow).map(tell)).toEqual([]);
  });

  test('an adapter knows no other adapter', () => {
    const family = (path: string) => path.split('/').slice(0, 3).join('/');
    const forbidden = imports.filter(
      ({ file, target }) =>
        roomOf(file) === 'adapters' && roomOf(target) === 'adapters' && family(file) !== family(target),
    );
    expect(forbidden.map(tell)).toEqual([]);
  });

  test('a door is about ten lines, and knows the wiring and other doors only', () => {
    const allowed = /^(?:functions|shared\/wiring)\//;
    expect(importsOfDoors.filter(({ target }) => !allowed.test(target)).map(tell)).toEqual([]);
    const doors = filesBelow('functions');
    expect(doors.filter((file) => /from '[^.]/.test(codeOf(file)) || readFile(file).split('\n').length > 15)).toEqual(
      [],
    );
  });

  test('ports hold nothing but types', () => {
    expect(imports.filter(({ file, isType }) => roomOf(file) === 'ports' && !isType).map(tell)).toEqual([]);
  });

  test('the first floor does no I/O and waits for nothing', () => {
    const floor = filesBelow('shared').filter((file) => ['core', ...firstFloor].includes(roomOf(file)));
    const waiting = floor.filter((file) => /\basync\b|\bawait\b/.test(codeOf(file)));
    const worldly = floor.filter((file) => /from 'node:(?!crypto)|\bfetch\(/.test(codeOf(file)));
    expect([...waiting, ...worldly]).toEqual([]);
  });

  test('clock, chance, timers, terminal and environment are asked in one adapter and in the configuration', () => {
    const machine =
      /\bDate\.now\(|\bMath\.random\b|\bset(?:Timeout|Interval)\(|\bconsole\.|\bprocess\.(?:env|stdout|stderr)\b/;
    const allowed = ['shared/adapters/machine/', 'shared/wiring/config.ts'];
    const offenders = filesBelow('shared').filter(
      (file) => machine.test(codeOf(file)) && !allowed.some((start) => file.startsWith(start)),
    );
    expect(offenders).toEqual([]);
  });

  test('what is bundled takes nothing but `default` of a CommonJS package that it loads late: there is no more of it', () => {
    const offenders = filesOf('functions/index.ts').flatMap((file) =>
      lateImportsOf(file)
        .filter(({ name, takes }) => isCommonJs(name) && !takes.every((taken) => /^default: \w+$/.test(taken)))
        .map(({ name }) => `${file} loads ${name}`),
    );
    expect(offenders).toEqual([]);
    expect(lateImportsOf('shared/adapters/firestore/connect.ts').map(({ name }) => isCommonJs(name))).toEqual([
      true,
      true,
    ]);
  });

  test('nothing is unfinished, and no file is longer than two thoughts', () => {
    const unfinished = filesBelow('shared').filter((file) => /TODO|FIXME|XXX|not implemented/.test(readFile(file)));
    const long = filesBelow('shared').filter((file) => readFile(file).split('\n').length > 320);
    expect([...unfinished, ...long]).toEqual([]);
  });
});

function crossesFloors({ file, target }: Import): boolean {
  const [from, to] = [roomOf(file), roomOf(target)];
  return from !== to && !(mayImport[from] ?? []).includes(to);
}

/** A sub-room such as `policy/retry` has its own index. */
function climbsThroughAWindow({ file, target }: Import): boolean {
  const room = roomOf(target);
  if (roomOf(file) === room || !firstFloor.includes(room)) return false;
  return !/^shared\/[a-z]+(?:\/[a-z-]+)?\/index\.ts$/.test(target);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
    .sort();
}

function importsOf(file: string): Import[] {
  const found = readFile(file).matchAll(
    /(?:import|export)\s+(type\s)?[^;'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g,
  );
  return [...found].map(([, type, target, lazy]) => ({
    file,
    target: relative(root, resolve(root, dirname(file), (target ?? lazy)!)),
    isType: type !== undefined,
  }));
}

/** All that `entry` leads to. */
function filesOf(entry: string): string[] {
  const found = new Set([entry]);
  for (const file of found)
    for (const { target, isType } of importsOf(file)) if (!isType && target.endsWith('.ts')) found.add(target);
  return [...found];
}

interface LateImport {
  readonly name: string;
  /** What is taken of the packages that are loaded in one statement; the whole statement where that cannot be told. */
  readonly takes: readonly string[];
}

function lateImportsOf(file: string): LateImport[] {
  const code = codeOf(file);
  return [...code.matchAll(/import\('([^'.][^']*)'\)/g)].map(({ index, 1: name }) => {
    const statement = code.slice(Math.max(...['const ', ';'].map((start) => code.lastIndexOf(start, index))), index);
    const [, taken] = /^const ([^=]*) = /.exec(statement) ?? [];
    const takes = [...(taken ?? '').matchAll(/\{([^}]*)\}/g)].map(([, names]) => names!.trim());
    return { name: name!, takes: takes.length > 0 ? takes : [statement] };
  });
}

function isCommonJs(name: string): boolean {
  if (name.startsWith('node:')) return false;
  const [scope, ...rest] = name.split('/');
  const folder = join('node_modules', name.startsWith('@') ? `${scope}/${rest[0]}` : scope!);
  const { type, exports } = JSON.parse(readFile(join(folder, 'package.json'))) as { type?: string; exports?: unknown };
  return type !== 'module' && !JSON.stringify(exports ?? '').includes('"import"');
}

function roomOf(path: string): string {
  return path.split('/')[1]!;
}

function readFile(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Without comments and texts. */
function codeOf(file: string): string {
  return readFile(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

function tell({ file, target }: Import): string {
  return `${file} imports ${target}`;
}
