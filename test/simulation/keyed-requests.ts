import type { Random } from '../../shared/core/random.ts';
import type { Answer, Engine } from '../../shared/engine/engine.ts';
import type { ByOperator } from '../../shared/jobs/index.ts';
import { happens } from './chance.ts';
import type { World } from './world.ts';

/** What an operator asks for under a key of its own. */
export interface KeyedRequest {
  readonly jobId: string;
  readonly what: string;
  readonly key: string;
  readonly ask: (engine: Engine, asked: ByOperator) => Promise<Answer>;
}

/** Asked, at times twice at once: one of them acts at most, and the audit has a line of it when one did. */
export async function askUnderKey(world: World, request: KeyedRequest, random: Random): Promise<readonly Answer[]> {
  const twice = happens(random, 0.3);
  const answers = await Promise.all(twice ? [send(world, request), send(world, request)] : [send(world, request)]);
  const done = answers.filter(({ kind }) => kind === 'done').length;
  const lines = linesOf(world, request);
  if (done > 1 || lines > 1 || done > lines) blame(world, request, `was done ${done} times and told ${lines} times`);
  return answers;
}

/** The same once more, and something else under its key, whatever came between: what acted once does not act again. */
export async function askAgain(world: World, request: KeyedRequest): Promise<void> {
  const before = linesOf(world, request);
  const { kind } = await send(world, request);
  if (before === 1 && kind !== 'repeated')
    blame(world, request, `had acted and was answered ${kind} when it came again`);
  if (linesOf(world, request) > 1) blame(world, request, 'acted again');
  if (before === 0) return;
  const other = await send(world, {
    ...request,
    ask: (engine, asked) => request.ask(engine, { ...asked, reason: 'another' }),
  });
  if (other.kind !== 'refused' || other.because !== 'requestKeyReused')
    blame(world, request, `had acted, and another request under its key was answered ${other.kind}`);
}

function send(world: World, { what, key, ask }: KeyedRequest): Promise<Answer> {
  return world.ask(what, (engine) => ask(engine, { by: 'an operator', reason: 'a test', request: key }));
}

function linesOf({ judge }: World, { jobId, key }: KeyedRequest): number {
  return judge.jobs.get(jobId)?.lines.filter(({ request }) => request === key).length ?? 0;
}

function blame({ judge }: World, { jobId, what, key }: KeyedRequest, sentence: string): void {
  judge.blame(`J9: ${what} of job ${jobId} under the key ${key} ${sentence}`);
}
