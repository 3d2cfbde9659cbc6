import { askEngine } from './api-client.ts';
import { recoveryPath } from './read-recoveries.ts';
import { type HowOptions, howOf, tellRecovery, tellRefusal } from './recover-job.ts';
import { type Asking, sentFor } from './steer-jobs.ts';
import type { Settings, World } from './world.ts';

export interface AnswerOptions extends HowOptions {
  readonly do: string;
}

/** What a recovery that was escalated is to do. */
export async function answerRecovery(
  world: World,
  { url }: Settings,
  recoveryId: string,
  options: AnswerOptions,
): Promise<number> {
  const path = recoveryPath(recoveryId, 'answer');
  const body = { action: options.do, ...howOf(options) };
  const said = await askEngine(world, url, { path, method: 'POST', ...sentFor(options, body) });
  return said.kind === 'problem' ? tellRefusal(world, said) : tellRecovery(world, said, options.json);
}

/** What it found stands. */
export async function cancelRecovery(
  world: World,
  { url }: Settings,
  recoveryId: string,
  options: Asking & { readonly json?: boolean },
): Promise<number> {
  const path = recoveryPath(recoveryId, 'cancel');
  const said = await askEngine(world, url, { path, method: 'POST', ...sentFor(options) });
  return said.kind === 'problem' ? tellRefusal(world, said) : tellRecovery(world, said, options.json);
}
