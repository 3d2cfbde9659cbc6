import { type Command, Option } from 'commander';
import { type End, settingsOf, withUrl } from './command-options.ts';
import type { World } from './world.ts';

/** Commands that tell about jobs. */
export function addLookingCommands(program: Command, world: World, end: End): void {
  withUrl(program.command('get').description('tell about a job').argument('<job>', 'id of a job'))
    .option('--json', 'print the report that run --json ends with', false)
    .action(async (jobId, options) => {
      const { getJob } = await import('./read-jobs.ts');
      end(await getJob(world, settingsOf(world, options), jobId, options));
    });
  withUrl(program.command('cost').description('tell what a job costs on Google Cloud').argument('<job>', 'id of a job'))
    .addOption(new Option('--region <region>', 'where Firestore is').choices(['us-central1', 'nam5']))
    .option('--json', 'print the bill as JSON', false)
    .action(async (jobId, options) => {
      const { tellCost } = await import('./cost-job.ts');
      end(await tellCost(world, settingsOf(world, options), jobId, options));
    });
  withUrl(program.command('list').description('list jobs, newest first'))
    .option('--state <states>', 'one state or several with commas')
    .option('--name <name>', 'only jobs of this name')
    .option('--failure-code <code>', 'only jobs that ended with a failure of this code')
    .option('--size <number>', 'jobs of a page; 20 unless said')
    .option('--page-token <token>', 'goes on after an earlier page')
    .option('--json', 'print the page as JSON', false)
    .action(async (options) => {
      const { listJobs } = await import('./read-jobs.ts');
      end(await listJobs(world, settingsOf(world, options), options));
    });
  withUrl(program.command('watch').description('follow a job to its end').argument('<job>', 'id of a job'))
    .option('--json', 'print each audit line as JSON', false)
    .action(async (jobId, options) => {
      const { watchJob } = await import('./watch-job.ts');
      end(await watchJob(world, settingsOf(world, options), jobId, options));
    });
  addAuditCommands(program, world, end);
}

/** What stands behind `verify` is read by `audit` as well, which knows the same options. */
function addAuditCommands(program: Command, world: World, end: End): void {
  const audit = program.command('audit').description('tell all that happened to a job');
  withUrl(audit.argument('<job>', 'id of a job'))
    .option('--after <number>', 'only lines with a higher number')
    .option('--json', 'print the lines as they are stored, one JSON object a line', false)
    .action(async (jobId, options) => {
      const { tellAudit } = await import('./audit-job.ts');
      end(await tellAudit(world, settingsOf(world, options), jobId, options));
    });
  withUrl(
    audit.command('verify').description('find out whether the audit was altered').argument('<job>', 'id of a job'),
  )
    .option('--seal <seal>', 'a seal that was kept elsewhere: it must be in the audit')
    .option('--json', 'print the verdict as JSON', false)
    .action(async (jobId, _, verify: Command) => {
      const options = verify.optsWithGlobals();
      const { verifyAudit } = await import('./audit-job.ts');
      end(await verifyAudit(world, settingsOf(world, options), jobId, options));
    });
}
