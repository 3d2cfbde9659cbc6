import { machineRandom } from '../../../shared/adapters/machine/random.ts';
import { createMemoryPolicies } from '../../../shared/adapters/memory/policies.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { CodedError } from '../../../shared/core/error.ts';
import type { JsonObject } from '../../../shared/core/json.ts';
import { runCli } from '../../../shared/edge/cli/main.ts';
import type { OpenEngine, Stream, World } from '../../../shared/edge/cli/world.ts';
import type { Engine, Handler } from '../../../shared/engine/engine.ts';
import { type Local, openLocal } from '../../../shared/wiring/local.ts';
import { aGuardDesk } from '../../support/a-guard-desk.ts';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface WorldParts {
  readonly files?: Readonly<Record<string, string>>;
  readonly handlers?: Readonly<Record<string, Handler>>;
  readonly fetch?: (url: string, init: RequestInit) => Response | Promise<Response>;
  /** Aborts when the process is told to stop. */
  readonly stop?: AbortSignal;
  /** In place of an engine in memory. */
  readonly engine?: Engine;
  /** Retry policies that the engine in memory has. */
  readonly named?: Readonly<Record<string, JsonObject>>;
  /** Stands still unless said; waits are shorter than asked for. */
  readonly clock?: Clock;
}

/** Runs one command in a world that can be held in the hand: files by name, an engine in memory, what is written kept. */
export async function runIn(parts: WorldParts, ...args: string[]): Promise<Ended> {
  const { files = {}, handlers = {}, fetch, stop, engine, named = {}, clock = stillClock } = parts;
  const policies = createMemoryPolicies();
  const [out, err] = [aStream(), aStream()];
  const locals: Local[] = [];
  const open = async (): Promise<OpenEngine> => {
    if (engine) return { engine, policies, guards: aGuardDesk(clock).desk, store: 'memory', close: async () => {} };
    const local = await openLocal({
      store: { kind: 'memory' },
      allowHosts: [],
      concurrency: 100,
      leaseMs: 30_000,
      handlers: new Map(Object.entries(handlers)),
      version: '0.0.0',
      report: () => {},
    });
    locals.push(local);
    for (const [name, body] of Object.entries(named))
      await local.policies.create('retry', name, { body, at: 0, by: 'test' });
    return { ...local, close: () => local.close() };
  };
  const world: World = {
    terminal: { out, err },
    clock,
    random: machineRandom,
    version: '0.0.0',
    operator: 'cli:test',
    fetch: (async (url: string, init: RequestInit) => {
      if (!fetch) throw new TypeError('fetch failed', { cause: new CodedError('ECONNREFUSED', '') });
      return fetch(url, init);
    }) as typeof globalThis.fetch,
    async readText(path) {
      const text = files[path];
      if (text === undefined) throw new CodedError('file_unreadable', `The file ${path} cannot be read.`);
      return text;
    },
    configure: ({ url = 'http://engine' }) => ({
      kind: 'settings',
      settings: {
        host: '127.0.0.1',
        port: 0,
        url,
        graceMs: 1_000,
        table: [],
        openEngine: open,
        openRunEngine: open,
      },
    }),
    catchStop: () => ({ signal: stop ?? new AbortController().signal, exitCode: 130, graceMs: () => 0 }),
  };
  const code = await runCli(args, world);
  return { code, out: out.text(), err: err.text() };
}

export function jsonReply(body: JsonObject, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

export function aStream(columns?: number): Stream & { text(): string } {
  let written = '';
  return {
    write: (text) => {
      written += text;
    },
    colour: false,
    live: columns !== undefined,
    columns: () => columns ?? 80,
    text: () => written,
  };
}

const stillClock: Clock = { now: () => 1_700_000_000_000, sleep: (_, signal) => turnOrAbort(signal) };

/** Waits shorter than asked for, since nothing but the display waits here. */
export function turnOrAbort(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    setImmediate(resolve);
  });
}
