import { CommanderError } from 'commander';
import { codeOf, messageOf } from '../../core/error.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import type { World } from './world.ts';

/** The whole CLI: arguments in, exit code out. Whatever goes wrong is a sentence on standard error and never a stack. */
export async function runCli(args: readonly string[], world: World): Promise<number> {
  const ended: { code: number } = { code: exitCodes.done };
  try {
    const program = createProgram(world, (code) => {
      ended.code = code;
    });
    await program.parseAsync([...args], { from: 'user' });
    return ended.code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    world.terminal.err.write(`breakwater: ${messageOf(thrown)}\n`);
    return usageFailures.has(codeOf(thrown)) ? exitCodes.usage : exitCodes.failed;
  }
}

const usageFailures: ReadonlySet<string> = new Set(['settings_invalid', 'file_unreadable', 'handlers_invalid']);
