import { Command, InvalidArgumentError, Option } from 'commander';
import type { Json } from '../../core/json.ts';
import { addBatchCommands } from './batch-commands.ts';
import { type End, readData, settingsOf, withUrl } from './command-options.ts';
import { addGuardCommands } from './guard-commands.ts';
import { addLookingCommands } from './looking-commands.ts';
import { addPolicyCommands } from './policy-commands.ts';
import type { JobFileOptions } from './read-job-file.ts';
import { addRecoveryCommands } from './recovery-commands.ts';
import { addSteeringCommands } from './steering-commands.ts';
import type { World } from './world.ts';

/** All commands and their options. What a command needs is loaded when it is called, so that every start pays only for its own. */
export function createProgram(world: World, end: End): Command {
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
  addRecoveryCommands(program, world, end);
  addBatchCommands(program, world, end);
  addLookingCommands(program, world, end);
  addPolicyCommands(program, world, end);
  addGuardCommands(program, world, end);
  return program;
}

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
    .option('--sweep <duration>', 'how often it looks for what is late (BREAKWATER_SWEEP)')
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
