import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { forgetRegistered, runRegistered } from './stand-in.ts';

/** In a thread of its own, since a mutant may never end. Modules are loaded anew for each mutant: what is made when they load is mutated, too. */
export interface WorkerTask {
  readonly tests: readonly string[];
  /** Of the tests and of the whole room, by path; what is mutated is instrumented. */
  readonly sources: ReadonlyMap<string, string>;
}

export type WorkerAnswer = { readonly id: string | undefined; readonly failed?: { title: string; because: string } };

const { tests: all, sources }: WorkerTask = workerData;
const tests = [...all];
const stripped = new Map<string, string>();
const standIn = new URL('stand-in.ts', import.meta.url).href;
let round = 0;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@jest/globals') return { url: standIn, shortCircuit: true };
    const found = next(specifier, context);
    const path = found.url.startsWith('file:') ? fileURLToPath(found.url) : '';
    return sources.has(path) ? { ...found, url: `${found.url}?round=${round}` } : found;
  },
  load(url, context, next) {
    const path = url.includes('?round=') ? fileURLToPath(url.slice(0, url.indexOf('?'))) : '';
    const source = sources.get(path);
    if (source === undefined) return next(url, context);
    const code = stripped.get(path) ?? stripTypeScriptTypes(source);
    stripped.set(path, code);
    return { format: 'module', source: code, shortCircuit: true };
  },
});

parentPort!.on('message', async (id: string | undefined) => {
  round++;
  Object.assign(globalThis, { __stryker__: { activeMutant: id } });
  const failed = await failureOf();
  const answer: WorkerAnswer = failed
    ? { id, failed: { title: failed.title, because: String(failed.because) } }
    : { id };
  parentPort!.postMessage(answer);
});

/** The file that found the last mutant is asked first for the next one, which mostly stands beside it. */
async function failureOf() {
  for (const [at, path] of tests.entries()) {
    const failed = await failureIn(path);
    if (failed === undefined) continue;
    tests.unshift(...tests.splice(at, 1));
    return failed;
  }
  return undefined;
}

async function failureIn(path: string) {
  try {
    // What an address leads to is remembered, so each round has addresses of its own.
    await import(`${pathToFileURL(path).href}?round=${round}`);
  } catch (because) {
    forgetRegistered();
    return { title: 'the modules load', because };
  }
  return runRegistered();
}
