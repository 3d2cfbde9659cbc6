import { join } from 'node:path';
import { createMachineClock } from '../adapters/machine/clock.ts';
import { machineRandom } from '../adapters/machine/random.ts';
import { createMachineTerminal } from '../adapters/machine/terminal.ts';
import { messageOf } from '../core/error.ts';
import { runCli } from '../edge/cli/main.ts';
import type { Configured, OpenEngine, Terminal, World } from '../edge/cli/world.ts';
import { stopCatcher } from './catch-stop.ts';
import { type Config, type Flags, readConfig, readTerminalWishes } from './config.ts';
import type { LocalOptions } from './local.ts';
import { operatorName, readText, readVersion } from './machine-facts.ts';

/** The CLI on this machine, to the process's end. */
export async function main(args: readonly string[]): Promise<never> {
  const terminal = createMachineTerminal(readTerminalWishes());
  const clock = createMachineClock();
  const version = readVersion();
  const world: World = {
    terminal,
    clock,
    random: machineRandom,
    version,
    operator: operatorName(),
    fetch: globalThis.fetch,
    readText,
    configure: (flags) => configure(flags, terminal, version),
    catchStop: stopCatcher(clock, () => terminal.restore()),
  };
  const code = await runCli(args, world);
  await terminal.flush();
  // What a handler of the user's may have left running must not keep an ended command alive.
  process.exit(code);
}

function configure(flags: Flags, terminal: Terminal, version: string): Configured {
  const read = readConfig(flags);
  if (read.kind === 'faults') return read;
  const { config, table } = read;
  const options = (store: Config['store']) => localOptions(config, store, terminal, version);
  const { host, port, url, graceMs } = config;
  return {
    kind: 'settings',
    settings: {
      host,
      port,
      url,
      graceMs,
      table,
      openEngine: async () => openEngine(await options(config.store)),
      async openRunEngine(fingerprint) {
        // A file belongs to one engine; what is in Firestore may be others' work.
        const ownJobsOnly = config.store.kind === 'firestore';
        if (config.isStoreChosen) return openEngine({ ...(await options(config.store)), ownJobsOnly });
        const { openRunStore } = await import('./run-store.ts');
        return openRunStore(join(config.dataDir, 'runs'), fingerprint, async (store) =>
          openEngine(await options(store)),
        );
      },
    },
  };
}

async function localOptions(
  config: Config,
  store: Config['store'],
  terminal: Terminal,
  version: string,
): Promise<LocalOptions> {
  const { allowHosts, concurrency, leaseMs, sweepMs, retryBudget, redisUrl, guardsFile, handlers } = config;
  const { loadHandlers } = await import('./load-handlers.ts');
  const { readGuardsFile } = await import('./guards-file.ts');
  const report = (error: unknown, context: string) =>
    terminal.err.write(`breakwater: ${context}: ${messageOf(error)}\n`);
  const guards = guardsFile === undefined ? {} : { guards: await readGuardsFile(guardsFile) };
  const common = {
    store,
    allowHosts,
    concurrency,
    leaseMs,
    sweepMs,
    retryBudget,
    redisUrl,
    ...guards,
    version,
    report,
    note: (sentence: string) => terminal.err.write(`breakwater: ${sentence}\n`),
  };
  return handlers === undefined ? common : { ...common, handlers: await loadHandlers(handlers) };
}

async function openEngine(options: LocalOptions): Promise<OpenEngine> {
  const { openLocal } = await import('./local.ts');
  const { engine, policies, guards, store, close } = await openLocal(options);
  return { engine, policies, guards, store, close: () => close() };
}
