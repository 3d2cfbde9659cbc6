import type { Command } from 'commander';
import { type End, settingsOf, withAsking, withUrl } from './command-options.ts';
import type { GuardKind } from './read-guards.ts';
import type { World } from './world.ts';

/** `breakwater guards`, `breakers …` and `bulkheads …`. Without a further word the last two list theirs. */
export function addGuardCommands(program: Command, world: World, end: End): void {
  withCommon(program.command('guards').description('where guards get what they share, and which are unwell')).action(
    async (options) => {
      const { tellGuards } = await import('./read-guards.ts');
      end(await tellGuards(world, settingsOf(world, options), options));
    },
  );
  const breakers = addLooking(program, world, end, 'breaker', 'circuit breakers of the whole fleet, one a target');
  withAsking(
    one(breakers, 'force', 'decide for a breaker, for the whole fleet')
      .option('--open', 'refuse every call')
      .option('--closed', 'let every call through, and count')
      .option('--disabled', 'let every call through, and count nothing')
      .option('--shadow', 'let every call through; it judges all the same, to be looked at')
      .option('--for <duration>', 'such as 10m; until it is released unless said')
      .option('--until <time>', 'such as 2026-01-31T12:00:00Z'),
  ).action(async (name, options) => {
    const { forceBreaker } = await import('./steer-guards.ts');
    end(await forceBreaker(world, settingsOf(world, options), name, options));
  });
  addAction(breakers, world, end, 'breaker', 'release', 'let a breaker judge for itself again');
  addAction(breakers, world, end, 'breaker', 'reset', 'close a breaker and forget what it has counted');
  addConfigure(breakers, world, end, 'breaker');

  const bulkheads = addLooking(program, world, end, 'bulkhead', 'bulkheads of the whole fleet');
  addAction(bulkheads, world, end, 'bulkhead', 'reset', 'take away what was configured of a bulkhead');
  addConfigure(bulkheads, world, end, 'bulkhead');
}

function withCommon(command: Command): Command {
  return withUrl(command).option('--json', 'print the answer as JSON', false);
}

function one(parent: Command, name: string, description: string): Command {
  return withCommon(parent.command(name).description(description)).argument('<name>', 'as the list has it');
}

function addLooking(program: Command, world: World, end: End, kind: GuardKind, description: string): Command {
  const parent = program.command(`${kind}s`).description(description);
  const list = withPages(withCommon(parent.command('list', { isDefault: true }).description('list them by name')));
  if (kind === 'breaker') list.option('--state <states>', 'only those in one state or several with commas');
  list.action(async (options) => {
    const { listGuards } = await import('./read-guards.ts');
    end(await listGuards(world, settingsOf(world, options), kind, options));
  });
  one(parent, 'get', 'show one').action(async (name, options) => {
    const { getGuard } = await import('./read-guards.ts');
    end(await getGuard(world, settingsOf(world, options), kind, name, options));
  });
  withPages(one(parent, 'audit', 'who changed what of it and why, newest first')).action(async (name, options) => {
    const { auditGuard } = await import('./read-guards.ts');
    end(await auditGuard(world, settingsOf(world, options), kind, name, options));
  });
  return parent;
}

function withPages(command: Command): Command {
  return command
    .option('--size <number>', 'of a page; 50 unless said')
    .option('--page-token <token>', 'goes on after an earlier page');
}

function addAction(
  parent: Command,
  world: World,
  end: End,
  kind: GuardKind,
  action: 'release' | 'reset',
  description: string,
): void {
  withAsking(one(parent, action, description)).action(async (name, options) => {
    const { actOnGuard } = await import('./steer-guards.ts');
    end(await actOnGuard(world, settingsOf(world, options), kind, action, name, options));
  });
}

function addConfigure(parent: Command, world: World, end: End, kind: GuardKind): void {
  withAsking(
    one(parent, 'configure', `say what a ${kind} goes by; what is not said is that of its preset, or the default`)
      .argument('[file]', `YAML or JSON: the fields of a ${kind}, - for standard input`)
      .option('--preset <name>', 'a named set of values, which those of the file go before'),
  ).action(async (name, file, options) => {
    const { configureGuard } = await import('./steer-guards.ts');
    end(await configureGuard(world, settingsOf(world, options), kind, name, file, options));
  });
}
