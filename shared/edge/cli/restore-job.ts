import { type Ask, askEngine, jobPath } from './api-client.ts';
import { exitCodes } from './exit-codes.ts';
import { tellRefusal } from './recover-job.ts';
import { type Asking, jobLine, repeatedNote, sentFor } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

/** States of a job that it can go back to. */

export interface RestoreOptions extends Asking {
  readonly json?: boolean;
}

export function checkpointJob(
  world: World,
  settings: Settings,
  jobId: string,
  name: string,
  options: RestoreOptions,
): Promise<number> {
  return tellJob(world, settings, { path: jobPath(jobId, 'checkpoints'), ...sentFor(options, { name }) }, options);
}

export function restoreJob(
  world: World,
  settings: Settings,
  jobId: string,
  checkpoint: string | undefined,
  options: RestoreOptions,
): Promise<number> {
  const more = checkpoint === undefined ? {} : { checkpoint };
  return tellJob(world, settings, { path: jobPath(jobId, 'restore'), ...sentFor(options, more) }, options);
}

async function tellJob(world: World, { url }: Settings, ask: Ask, { json }: RestoreOptions): Promise<number> {
  const said = await askEngine(world, url, { ...ask, method: 'POST' });
  if (said.kind === 'problem') return tellRefusal(world, said);
  const line = json ? JSON.stringify(said.body) : `${jobLine(said.body)}${repeatedNote(said)}`;
  world.terminal.out.write(`${line}\n`);
  return exitCodes.done;
}
