import type { Command } from 'commander';
import { recoveryActions } from '../../policy/recovery/index.ts';
import { collect, type End, settingsOf, withAsking, withUrl } from './command-options.ts';
import type { World } from './world.ts';

/** Commands about what is wrong with jobs and what is done about it. */
export function addRecoveryCommands(program: Command, world: World, end: End): void {
  const job = (name: string, description: string) =>
    withCommon(program.command(name).description(description).argument('<job>', 'id of a job'));

  job('diagnose', 'find out what is wrong with a job, and what can be done').action(async (jobId, options) => {
    const { diagnoseJob } = await import('./recover-job.ts');
    end(await diagnoseJob(world, settingsOf(world, options), jobId, options));
  });
  const recover = job('recover', "have a job recovered: by its own rules, or with an action of one's own");
  withHow(recover.option('--action <action>', `one of ${recoveryActions.join(', ')}; its rules decide unless said`))
    .option('--to <whom>', 'of escalate: an http(s) URL, topic:NAME, or a name for the list')
    .action(async (jobId, options) => {
      const { recoverJob } = await import('./recover-job.ts');
      end(await recoverJob(world, settingsOf(world, options), jobId, options));
    });
  withAsking(job('checkpoint', "capture a job's state under a name").argument('<name>', 'its name')).action(
    async (jobId, name, options) => {
      const { checkpointJob } = await import('./restore-job.ts');
      end(await checkpointJob(world, settingsOf(world, options), jobId, name, options));
    },
  );
  withAsking(
    job('restore', 'take a job back to a checkpoint: what came after it runs again').argument(
      '[checkpoint]',
      'its name; the newest unless said',
    ),
  ).action(async (jobId, checkpoint, options) => {
    const { restoreJob } = await import('./restore-job.ts');
    end(await restoreJob(world, settingsOf(world, options), jobId, checkpoint, options));
  });
  addRecoveriesCommands(program, world, end);
}

/** `--url` and `--json` may stand before `answer` and `cancel`, too. */
function addRecoveriesCommands(program: Command, world: World, end: End): void {
  const recoveries = program.command('recoveries').description('list recoveries, newest first, or tell all of one');
  withCommon(recoveries.argument('[recovery]', 'id of a recovery; all unless given'))
    .option('--open', 'only those that act, or wait for an answer', false)
    .option('--state <states>', 'only those in one state or several with commas')
    .option('--job <job>', 'only those of this job')
    .option('--size <number>', 'recoveries of a page; 20 unless said')
    .option('--page-token <token>', 'goes on after an earlier page')
    .action(async (recoveryId, options) => {
      const { listRecoveries, tellOneRecovery } = await import('./read-recoveries.ts');
      const settings = settingsOf(world, options);
      if (recoveryId === undefined) end(await listRecoveries(world, settings, options));
      else end(await tellOneRecovery(world, settings, recoveryId, options));
    });
  const one = (name: string, description: string) =>
    withCommon(recoveries.command(name).description(description).argument('<recovery>', 'id of a recovery'));
  withHow(one('answer', 'say what a recovery that was escalated is to do'))
    .requiredOption('--do <action>', 'one of its options; `fail`: the failure stands')
    .action(async (recoveryId, _, command: Command) => {
      const options = command.optsWithGlobals();
      const { answerRecovery } = await import('./answer-recovery.ts');
      end(await answerRecovery(world, settingsOf(world, options), recoveryId, options as never));
    });
  withAsking(one('cancel', 'call off a recovery: what it found stands')).action(
    async (recoveryId, _, command: Command) => {
      const options = command.optsWithGlobals();
      const { cancelRecovery } = await import('./answer-recovery.ts');
      end(await cancelRecovery(world, settingsOf(world, options), recoveryId, options));
    },
  );
}

function withCommon(command: Command): Command {
  return withUrl(command).option('--json', 'print the answer as JSON', false);
}

/** What may be said beside an action. */
function withHow(command: Command): Command {
  return withAsking(command)
    .option('--node <id>', 'a node that it is about; may be given again. All that it fits unless said', collect)
    .option('--delay <duration>', 'of retry and requeue: until the next attempt, such as 10m')
    .option('--priority <number>', 'of requeue: 0 (last) to 9 (first)')
    .option('--target <target>', 'of requeue: the URL, topic or handler that its nodes call from now on')
    .option('--checkpoint <name>', 'of restore: the newest unless said');
}
