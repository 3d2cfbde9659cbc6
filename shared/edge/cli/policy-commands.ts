import type { Command } from 'commander';
import { type End, settingsOf, withUrl } from './command-options.ts';
import type { World } from './world.ts';

/** `breakwater policies …`: retry policies with names. Without a further word it lists them. */
export function addPolicyCommands(program: Command, world: World, end: End): void {
  const policies = program.command('policies').description('retry policies with names, which jobs refer to');
  const command = (name: string, description: string, isUsual = false) =>
    withUrl(policies.command(name, { isDefault: isUsual }).description(description)).option(
      '--json',
      'print the answer as JSON',
      false,
    );
  const whose = 'name, or NAME@VERSION';

  command('list', 'list them, each with its newest version', true)
    .option('--size <number>', 'policies of a page; 50 unless said')
    .option('--page-token <token>', 'goes on after an earlier page')
    .action(async (options) => {
      const { listPolicies } = await import('./read-policies.ts');
      end(await listPolicies(world, settingsOf(world, options), options));
    });
  command('get', 'show one')
    .argument('<name>', whose)
    .option('--versions', 'show all versions that are kept', false)
    .action(async (name, options) => {
      const { getPolicy } = await import('./read-policies.ts');
      end(await getPolicy(world, settingsOf(world, options), name, options));
    });
  command('put', 'write one: the first version, or the next')
    .argument('<name>', `${whose}: only where that version is the newest`)
    .argument('<file>', 'YAML or JSON: what `retry` of a job may be, - for standard input')
    .action(async (name, file, options) => {
      const { putPolicy } = await import('./write-policies.ts');
      end(await putPolicy(world, settingsOf(world, options), name, file, options));
    });
  command('delete', 'delete one with all its versions; jobs keep their copies')
    .argument('<name>', `${whose}: only where that version is the newest`)
    .action(async (name, options) => {
      const { deletePolicy } = await import('./write-policies.ts');
      end(await deletePolicy(world, settingsOf(world, options), name, options));
    });
}
