import { Command, InvalidArgumentError, Option } from 'commander';
import { CodedError } from '../../core/error.ts';
import type { Json } from '../../core/json.ts';
import { addPolicyCommands } from './policy-commands.ts';
import type { JobFileOptions } from './read-job-file.ts';
import type { Settings, World } from './world.ts';

/** All commands and their options. What a command needs is loaded when it is called, so that every start pays only for its own. */
export function createProgram(world: World, end: (code: number) => void): Command {
  const { out, err } = world.terminal;
  const program = new Command('breakwater')
    .description('Durable jobs: DAGs of nodes that reach their end whatever dies.')
    .version(world.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => out.columns(),
      getErrHelpWidth: () => err.columns(),
    })
    .showHelpAfterError('(breakwater --help tells more)');
  addEngineCommands(program, world, end);
  addFileCommands(program, world, end);
  addSteeringCommands(program, world, end);
  addLookingCommands(program, world, end);
  addPolicyCommands(program, world, end, (options) => settingsOf(world, options));
  return program;
}

type End = (code: number) => void;

function addEngineCommands(program: Command, world: World, end: End): void {
  const start = program
    .command('start')
    .description('serve the API on an engine in this process')
    .option('--port <port>', 'port to listen on, 0 for any free one (PORT, 8080)')
    .option('--host <address>', 'address to listen on (BREAKWATER_HOST, 127.0.0.1)');
  withEngineOptions(start).action(async (options) => {
    const { startEngine } = await import('./start-engine.ts');
    end(await startEngine(world, settingsOf(world, options)));
  });

  withEngineOptions(program.command('config').description('print the effective settings')).action(async (options) => {
    const { tellSettings } = await import('./tell-settings.ts');
    end(tellSettings(world, settingsOf(world, options)));
  });
}

function withEngineOptions(command: Command): Command {
  return command
    .option('--store <store>', 'sqlite:PATH, memory or firestore:PROJECT (BREAKWATER_STORE)')
    .option('--handlers <file>', 'a module whose exported functions are handlers (BREAKWATER_HANDLERS)')
    .option('--allow-host <rule...>', 'hosts that http nodes may call beside public ones (BREAKWATER_ALLOW_HOSTS)')
    .option('--concurrency <number>', 'attempts under way at once (BREAKWATER_CONCURRENCY)')
    .option('--lease <duration>', 'how long a claim lasts without a sign of life (BREAKWATER_LEASE)')
    .option('--grace <duration>', 'how long attempts may go on when it stops (BREAKWATER_GRACE)');
}

function addFileCommands(program: Command, world: World, end: End): void {
  const run = program
    .command('run')
    .description('run one job to its end in this process; a run that was cut off goes on')
    .argument('<file>', 'YAML, JSON or WfFormat, - for standard input')
    .option('--json', 'end with the report as one JSON object on the last line', false)
    .option('--new', 'start anew although an unfinished run of this file is there', false)
    .addOption(
      new Option('--signal <name=json>', 'send a signal; can be given several times').argParser(addSignal).default([]),
    );
  withFileOptions(withEngineOptions(run)).action(async (file, options) => {
    const settings = settingsOf(world, options);
    const { runJob } = await import('./run-job.ts');
    end(await runJob(world, settings, file, { ...fileOptions(options), ...options, signals: options.signal }));
  });

  const submit = program
    .command('submit')
    .description("submit a job to a running engine and print the job's id")
    .argument('<file>')
    .option('--key <key>', 'idempotency key: the same key and file give the same job')
    .option('--json', 'print the answer as JSON', false);
  withUrl(withFileOptions(submit)).action(async (file, options) => {
    const { submitFile } = await import('./steer-jobs.ts');
    end(await submitFile(world, settingsOf(world, options), file, { ...fileOptions(options), ...options }));
  });

  const validate = program
    .command('validate')
    .description('say what a job file amounts to, or everything that is wrong with it')
    .argument('<file>')
    .option('--json', 'print it as JSON', false)
    .option('--url <url>', 'ask this engine, too');
  withFileOptions(validate).action(async (file, options) => {
    const { validateFile } = await import('./validate-file.ts');
    const engine = options.url === undefined ? undefined : settingsOf(world, options);
    end(await validateFile(world, engine, file, { ...fileOptions(options), json: options.json }));
  });
}

function withFileOptions(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'found out unless said').choices(['breakwater', 'wfformat']))
    .addOption(
      new Option(
        '--time-scale <factor>',
        'multiplies recorded run times, fixed delays and sleeps; 1 unless said',
      ).argParser(readScale),
    );
}

function fileOptions({ format, timeScale }: JobFileOptions): JobFileOptions {
  return { ...(format !== undefined && { format }), ...(timeScale !== undefined && { timeScale }) };
}

function addSteeringCommands(program: Command, world: World, end: End): void {
  const job = (name: string, description: string) =>
    withUrl(program.command(name).description(description).argument('<job>', 'id of a job'));

  job('cancel', 'cancel a job')
    .option('--reason <text>', 'stands in the audit')
    .action(async (jobId, options) => {
      const { cancelJob } = await import('./steer-jobs.ts');
      end(await cancelJob(world, settingsOf(world, options), jobId, options.reason));
    });
  job('pause', 'let no more nodes of a job start').action(async (jobId, options) => {
    const { pauseJob } = await import('./steer-jobs.ts');
    end(await pauseJob(world, settingsOf(world, options), jobId));
  });
  job('resume', 'let a paused job go on').action(async (jobId, options) => {
    const { resumeJob } = await import('./steer-jobs.ts');
    end(await resumeJob(world, settingsOf(world, options), jobId));
  });
  job('skip', 'let a job go on without a node')
    .argument('<node>', 'id of the node')
    .option('--reason <text>', 'stands in the audit')
    .action(async (jobId, nodeId, options) => {
      const { skipNode } = await import('./steer-jobs.ts');
      end(await skipNode(world, settingsOf(world, options), jobId, nodeId, options.reason));
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
}

function addLookingCommands(program: Command, world: World, end: End): void {
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
    withCommon(retries.command(name).description(description))
      .argument('<job>', 'id of a job')
      .argument('<node>', 'id of the node')
      .option('--attempt <number>', 'the attempt that failed; the last one unless said')
      .action(async (jobId, nodeId, _, command: Command) => {
        const options = command.optsWithGlobals();
        const { overruleRetry } = await import('./steer-retries.ts');
        end(await overruleRetry(world, settingsOf(world, options), action, jobId, nodeId, options));
      });
  overruling('now', 'make a scheduled retry at once', 'retry');
  overruling('cancel', 'cancel a scheduled retry: its node fails for good', 'cancel-retry').option(
    '--reason <text>',
    'stands in the audit',
  );
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

function withUrl(command: Command): Command {
  return command.option('--url <url>', 'the engine (BREAKWATER_URL, http://127.0.0.1:8080)');
}

const settingNames = [
  'store',
  'host',
  'port',
  'url',
  'allowHost',
  'concurrency',
  'lease',
  'grace',
  'handlers',
] as const;

function settingsOf(world: World, options: Readonly<Record<string, unknown>>): Settings {
  const flags = Object.fromEntries(
    settingNames.flatMap((name) => {
      const given = options[name];
      return given === undefined ? [] : [[name, Array.isArray(given) ? given.join(' ') : String(given)]];
    }),
  );
  const configured = world.configure(flags);
  if (configured.kind === 'settings') return configured.settings;
  throw new CodedError('settings_invalid', configured.faults.join('\nbreakwater: '));
}

function readScale(text: string): number {
  const scale = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(scale) && scale >= 0) return scale;
  throw new InvalidArgumentError('It must be a number, 0 or more.');
}

function addSignal(
  text: string,
  before: readonly { name: string; data: Json }[],
): readonly { name: string; data: Json }[] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (name === '') throw new InvalidArgumentError('It must have a name, as in approval=true.');
  return [...before, { name, data: equals < 0 ? null : readData(text.slice(equals + 1)) }];
}

function readData(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
