import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMachineClock } from '../../adapters/machine/clock.ts';
import { createMachineTerminal } from '../../adapters/machine/terminal.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/error.ts';
import { exitCodes } from '../../edge/cli/exit-codes.ts';
import type { Stop, Terminal } from '../../edge/cli/world.ts';
import { stopCatcher } from '../catch-stop.ts';
import { type Environment, readTerminalWishes } from '../config.ts';
import { openShop, type ShopServer } from './shop-server.ts';

/** What a showing of the demo works with. */
export interface Stage {
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly stop: Stop;
  /** A folder of its own, which is gone afterwards. */
  readonly dir: string;
  readonly shop: ShopServer;
  readonly env: Environment;
}

/** Resolves with the exit code. */
export type Show = (stage: Stage) => Promise<number>;

const seed = 20_260_131;

/** `npm run demo`: a night in a shop, from first order to last payout, on the engine as a user gets it; with `--cloud`, on a fleet. */
export async function main(args: readonly string[], env: Environment): Promise<never> {
  const clock = createMachineClock();
  const terminal = createMachineTerminal(readTerminalWishes());
  const code = await showOf(args, terminal, async (show) => {
    const stop = stopCatcher(clock, () => terminal.restore())();
    const dir = await mkdtemp(join(tmpdir(), 'breakwater-demo-'));
    const shop = await openShop(clock, seed);
    try {
      return await show({ clock, terminal, stop, dir, shop, env });
    } finally {
      await shop.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
  await terminal.flush();
  process.exit(code);
}

async function showOf(
  args: readonly string[],
  { err }: Terminal,
  perform: (show: Show) => Promise<number>,
): Promise<number> {
  const load = args.length > 1 ? undefined : shows[args[0] ?? ''];
  if (!load) {
    err.write(
      `breakwater: the demo does not know \`${args.join(' ')}\`; write \`npm run demo\` or \`npm run demo -- --cloud\`\n`,
    );
    return exitCodes.usage;
  }
  try {
    return await perform(await load());
  } catch (thrown) {
    err.write(`breakwater: the demo broke: ${messageOf(thrown)}\n`);
    return exitCodes.failed;
  }
}

/** Only what is shown is loaded. */
const shows: Readonly<Record<string, () => Promise<Show>>> = {
  '': async () => (await import('./show-embedded.ts')).showEmbedded,
  '--cloud': async () => (await import('./show-cloud.ts')).showCloud,
};
