import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import type { WorkerAnswer, WorkerTask } from './worker.ts';

/**
 * The mutation score of a room of the first floor: each of Stryker's mutants is put in force, and a test must fail. `node test/mutation/main.ts
 * policy/breaker` mutates `shared/policy/breaker` and asks the tests of `test/policy/breaker`; more words name single files of the room.
 */
const [room, ...only] = process.argv.slice(2);
const scoreLeast = 95;
/** Of processor time, in what all tests take: a mutant that takes longer goes round in a circle. */
const patience = 5;

if (room === undefined) throw new Error('Which room? For example: node test/mutation/main.ts policy/breaker');

const root = resolve(import.meta.dirname, '../..');
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(root, folder, name));
const tests = filesIn(`test/${room}`, '.test.ts');
const inRoom = filesIn(`shared/${room}`, '.ts');
const originals = inRoom.filter((path) => only.length === 0 || only.some((name) => path.endsWith(`/${name}`)));

const silent = () => {};
const log = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent };
const levels = Object.fromEntries(
  Object.keys(log).map((level) => [`is${level[0]!.toUpperCase()}${level.slice(1)}Enabled`, () => false]),
);
const instrumenter = new Instrumenter({ ...log, ...levels } as unknown as ConstructorParameters<
  typeof Instrumenter
>[0]);
const { files, mutants } = await instrumenter.instrument(
  originals.map((name) => ({ name, content: readFileSync(name, 'utf8'), mutate: true })),
  { plugins: null, ignorers: [], excludedMutations: [] },
);
const sources = new Map([...tests, ...inRoom].map((path) => [path, readFileSync(path, 'utf8')]));
for (const { name, content } of files) sources.set(name, content);
const task: WorkerTask = { tests, sources };

let worker = newWorker();
const began = process.cpuUsage();
const whole = await ask(undefined, Number.POSITIVE_INFINITY);
if (whole !== 'survived') throw new Error(`The tests fail without any mutant: ${whole}`);
const wholeMs = cpuMs(began);

const survivors = new Map<string, number>();
for (const [at, { id, fileName, location, mutatorName, replacement }] of mutants.entries()) {
  if (at % 100 === 0) process.stdout.write(`${at} of ${mutants.length} mutants\n`);
  if ((await ask(id, wholeMs * patience)) !== 'survived') continue;
  survivors.set(fileName, (survivors.get(fileName) ?? 0) + 1);
  const line = readFileSync(fileName, 'utf8').split('\n')[location.start.line]!.trim();
  const place = `${fileName.slice(root.length + 1)}:${location.start.line + 1}:${location.start.column + 1}`;
  process.stdout.write(`survived: ${place} ${mutatorName}\n  ${line}\n  ${replacement.replaceAll(/\s+/g, ' ')}\n`);
}
await worker.terminate();

for (const name of originals) {
  const inFile = mutants.filter(({ fileName }) => fileName === name).length;
  const killed = inFile - (survivors.get(name) ?? 0);
  process.stdout.write(`${name.slice(root.length + 1).padEnd(50)} ${killed} of ${inFile}\n`);
}
const killed = mutants.length - [...survivors.values()].reduce((sum, count) => sum + count, 0);
const score = (100 * killed) / mutants.length;
process.stdout.write(`${killed} of ${mutants.length} mutants were found: ${score.toFixed(2)} %\n`);
process.exitCode = score < scoreLeast ? 1 : 0;

/** The title of the test that found it, `survived`, or that it went on for too long. */
async function ask(id: string | undefined, msMost: number): Promise<string> {
  const start = process.cpuUsage();
  const { promise, resolve: settle } = Promise.withResolvers<string>();
  worker.once('message', ({ failed }: WorkerAnswer) =>
    settle(failed ? `${failed.title}: ${failed.because}` : 'survived'),
  );
  worker.once('error', (error) => settle(`it broke the thread: ${error.message}`));
  const watch = setInterval(() => cpuMs(start) > msMost && settle('it did not end'), 50);
  worker.postMessage(id);
  const answer = await promise;
  clearInterval(watch);
  worker.removeAllListeners('message').removeAllListeners('error');
  if (!answer.startsWith('it ')) return answer;
  await worker.terminate();
  worker = newWorker();
  return answer;
}

function newWorker(): Worker {
  return new Worker(new URL('worker.ts', import.meta.url), {
    workerData: task,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}
