import type { Command } from 'commander';
import { collect, type End, readData, settingsOf, withAsking, withUrl } from './command-options.ts';
import type { World } from './world.ts';

/** Commands that change something of a job. */
export function addSteeringCommands(program: Command, world: World, end: End): void {
  const job = (name: string, description: string) =>
    withUrl(program.command(name).description(description).argument('<job>', 'id of a job'));

  withAsking(job('cancel', 'cancel a job')).action(async (jobId, options) => {
    const { cancelJob } = await import('./steer-jobs.ts');
    end(await cancelJob(world, settingsOf(world, options), jobId, options));
  });
  withAsking(job('pause', 'let no more nodes of a job start')).action(async (jobId, options) => {
    const { pauseJob } = await import('./steer-jobs.ts');
    end(await pauseJob(world, settingsOf(world, options), jobId, options));
  });
  withAsking(job('resume', 'let a paused job go on')).action(async (jobId, options) => {
    const { resumeJob } = await import('./steer-jobs.ts');
    end(await resumeJob(world, settingsOf(world, options), jobId, options));
  });
  withAsking(job('skip', 'let a job go on without a node').argument('<node>', 'id of the node')).action(
    async (jobId, nodeId, options) => {
      const { skipNode } = await import('./steer-jobs.ts');
      end(await skipNode(world, settingsOf(world, options), jobId, nodeId, options));
    },
  );
  withAsking(job('redrive', 'have a job go on after its end from what failed, its results kept'))
    .option('--node <id>', 'runs again whatever became of it, and all that is built on it; may be given again', collect)
    .option('--input <json>', "takes the place of the job's input: JSON, or the name of a file with it")
    .option('--spec <file>', "a corrected job file, which takes the place of the job's spec")
    .action(async (jobId, options) => {
      const { redriveJob } = await import('./redrive-job.ts');
      end(await redriveJob(world, settingsOf(world, options), jobId, options));
    });
  withAsking(job('rollback', 'take back what a job did')).action(async (jobId, options) => {
    const { rollbackJob } = await import('./steer-jobs.ts');
    end(await rollbackJob(world, settingsOf(world, options), jobId, options));
  });
  withAsking(
    job('retry-compensation', 'try a failed compensation again').argument(
      '<node>',
      'id of the compensation, `undo(pay)`',
    ),
  ).action(async (jobId, nodeId, options) => {
    const { retryCompensation } = await import('./steer-jobs.ts');
    end(await retryCompensation(world, settingsOf(world, options), jobId, nodeId, options));
  });
  job('signal', 'send a signal to a job')
    .argument('<name>', 'name of the signal')
    .argument('[data]', 'JSON; what is none is taken as text', readData, null)
    .option('--id <id>', 'the same id twice is one signal')
    .action(async (jobId, name, data, options) => {
      const { signalJob } = await import('./steer-jobs.ts');
      end(
        await signalJob(world, settingsOf(world, options), jobId, {
          name,
          data,
          ...(options.id && { id: options.id }),
        }),
      );
    });
  addRetryCommands(program, world, end);
}

/** `--url` and `--json` may stand before `now` and `cancel`, too. */
function addRetryCommands(program: Command, world: World, end: End): void {
  const withCommon = (command: Command) => withUrl(command).option('--json', 'print the answer as JSON', false);
  const retries = program.command('retries').description('list scheduled retries, soonest first');
  withCommon(retries.argument('[job]', 'id of a job; all jobs unless given'))
    .option('--name <name>', 'only of jobs of this name')
    .option('--size <number>', 'retries of a page; 20 unless said')
    .option('--page-token <token>', 'goes on after an earlier page')
    .action(async (jobId, options) => {
      const { listRetries } = await import('./steer-retries.ts');
      end(await listRetries(world, settingsOf(world, options), jobId, options));
    });
  const overruling = (name: string, description: string, action: 'retry' | 'cancel-retry') =>
    withAsking(withCommon(retries.command(name).description(description)))
      .argument('<job>', 'id of a job')
      .argument('<node>', 'id of the node')
      .option('--attempt <number>', 'the attempt that failed; the last one unless said')
      .action(async (jobId, nodeId, _, command: Command) => {
        const options = command.optsWithGlobals();
        const { overruleRetry } = await import('./steer-retries.ts');
        end(await overruleRetry(world, settingsOf(world, options), action, jobId, nodeId, options));
      });
  overruling('now', 'make a scheduled retry at once', 'retry');
  overruling('cancel', 'cancel a scheduled retry: its node fails for good', 'cancel-retry');
}
