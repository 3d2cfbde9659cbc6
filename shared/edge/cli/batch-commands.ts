import type { Command } from 'commander';
import { batchActions } from '../../jobs/batch/index.ts';
import { type End, settingsOf, withUrl } from './command-options.ts';
import type { World } from './world.ts';

/** Commands about many jobs at once. */
export function addBatchCommands(program: Command, world: World, end: End): void {
  withUrl(
    program
      .command('batch')
      .description('do something to many jobs; without --yes it only tells what would be done')
      .argument('<action>', `one of ${batchActions.join(', ')}`),
  )
    .option('--state <states>', 'jobs in one state or several with commas; those that the action is for unless said')
    .option('--name <name>', 'jobs of this name')
    .option('--failure-code <code>', 'jobs that ended with a failure of this code')
    .option('--since <time>', 'jobs submitted since this time, such as 2026-01-31T12:00:00Z, or 24h: so long ago')
    .option('--until <time>', 'jobs submitted before this time')
    .option('--all', 'must be said where nothing else chooses the jobs', false)
    .option(
      '--do <action>',
      "of recover: retry, skip, requeue, rollback, restore, escalate or abort; each job's own rules decide unless said",
    )
    .option('--delay <duration>', 'of --do retry and requeue: until the next attempt')
    .option('--priority <number>', 'of --do requeue: 0 to 9')
    .option('--checkpoint <name>', 'of --do restore: the newest unless said')
    .option('--to <whom>', 'of --do escalate: who is told')
    .option('--rate <number>', 'jobs a second at most; 500 unless said')
    .option('--reason <text>', 'stands in the audit of each job')
    .option('--id <id>', 'the same id twice is one batch')
    .option('--dry-run', 'only tell what would be done', false)
    .option('--yes', 'do it', false)
    .option('--json', 'print the answer as JSON', false)
    .action(async (action, options) => {
      const { orderBatch } = await import('./order-batch.ts');
      end(await orderBatch(world, settingsOf(world, options), action, options));
    });
  addBatchesCommands(program, world, end);
}

/** `--url` and `--json` may stand before `cancel`, too. */
function addBatchesCommands(program: Command, world: World, end: End): void {
  const withCommon = (command: Command) => withUrl(command).option('--json', 'print the answer as JSON', false);
  const batches = program.command('batches').description('list batches, newest first, or tell how far one has come');
  withCommon(batches.argument('[batch]', 'id of a batch; all unless given'))
    .option('--state <states>', 'only those in one state or several with commas')
    .option('--results', 'list what became of each job of the batch', false)
    .option('--outcome <outcome>', 'only results of this outcome: done, repeated, refused or failed')
    .option('--size <number>', 'lines of a page; 20 unless said')
    .option('--page-token <token>', 'goes on after an earlier page')
    .action(async (batchId, options) => {
      const { tellBatches } = await import('./read-batches.ts');
      end(await tellBatches(world, settingsOf(world, options), batchId, options));
    });
  withCommon(batches.command('cancel').description('stop a batch: it begins with no job more'))
    .argument('<batch>', 'id of a batch')
    .action(async (batchId, _, command: Command) => {
      const options = command.optsWithGlobals();
      const { cancelBatch } = await import('./read-batches.ts');
      end(await cancelBatch(world, settingsOf(world, options), batchId, options));
    });
}
