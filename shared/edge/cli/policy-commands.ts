import type { Command } from 'commander';
import type { Settings, World } from './world.ts';

/** `breakwater policies …`: retry policies with names. Without a further word it lists them. */
export function addPolicyCommands(
  program: Command,
  world: World,
  end: (code: number) => void,
  settingsOf: (options: Readonly<Record<string, unknown>>) => Settings,
): void {
  const policies = program.command('policies').description('retry policies with names, which jobs refer to');
  const command = (name: string, description: string, isUsual = false) =>
    policies
      .command(name, { isDefault: isUsual })
      .description(description)
      .option('--url <url>', 'the engine (BREAKWATER_URL, http://127.0.0.1:8080)')
      .option('--json', 'print the answer as JSON', false);
  const whose = 'name, or NAME@VERSION';

  command('list', 'list them, each with its newest version', true)
    .option('--size <number>', 'policies of a page; 50 unless said')
    .option('--page-token <token>', 'goes on after an earlier page')
    .action(async (options) => {
      const { listPolicies } = await import('./read-policies.ts');
      end(await listPolicies(world, settingsOf(options), options));
    });
  command('get', 'show one')
    .argument('<name>', whose)
    .option('--versions', 'show all versions that are kept', false)
    .action(async (name, options) => {
      const { getPolicy } = await import('./read-policies.ts');
      end(await getPolicy(world, settingsOf(options), name, options));
    });
  command('put', 'write one: the first version, or the next')
    .argument('<name>', `${whose}: only where that version is the newest`)
    .argument('<file>', 'YAML or JSON: what `retry` of a job may be, - for standard input')
    .action(async (name, file, options) => {
      const { putPolicy } = await import('./write-policies.ts');
      end(await putPolicy(world, settingsOf(options), name, file, options));
    });
  command('delete', 'delete one with all its versions; jobs keep their copies')
    .argument('<name>', `${whose}: only where that version is the newest`)
    .action(async (name, options) => {
      const { deletePolicy } = await import('./write-policies.ts');
      end(await deletePolicy(world, settingsOf(options), name, options));
    });
}
