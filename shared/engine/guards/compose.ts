import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { Work } from './call-under-way.ts';
import { type FellBack, fallBack } from './fall-back.ts';
import type { Asked, Frame, GuardParts, Step } from './guard-parts.ts';
import { callMaker, notSent } from './make-call.ts';
import type { Guarded, Refusal } from './refusal.ts';
import { retrying } from './retry-call.ts';
import type { Timers } from './timers.ts';

/** Makes a call behind its guards. What they refuse is a value; what the call throws is thrown on. */
export type Guard<Fallen = never> = <Value>(
  work: Work<Value>,
  asked?: Asked,
) => Promise<Guarded<Value> | FellBack<Fallen>>;

export interface ComposeNeeds {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
}

const askedNothing: Asked = {};

/**
 * One order, whatever order they are named in:
 *
 *     fallback → deadline → retry → rate limit → bulkhead → breaker → hedge → timeout → call
 *
 * What is dear stands behind what is cheap, what refuses for all stands before what is held for one, and what judges the target sees nothing but calls
 * that were made. The chain is put together once, of those parts that are there.
 */
export function compose<Fallen>(name: string, parts: GuardParts<Fallen>, needs: ComposeNeeds): Guard<Fallen> {
  const { deadlineMs, retry, fallback } = parts;
  const { clock, random } = needs;
  const once = admitting(name, parts, needs);
  const steps = retry ? retrying(name, { clock, random, ...retry }, once) : once;

  function run<Value>(work: Work<Value>, asked: Asked = askedNothing): Promise<Guarded<Value>> {
    if (asked.signal?.aborted) return Promise.resolve(calledOff(name));
    const { deadlineAt: theirsAt = Infinity } = asked;
    if (deadlineMs === undefined && theirsAt === Infinity)
      return steps(work, { attempt: 1, deadlineAt: Infinity, asked });
    const now = clock.now();
    if (now >= theirsAt) return Promise.resolve(tooLate(name));
    const deadlineAt = Math.min(theirsAt, now + (deadlineMs ?? Infinity));
    return steps(work, { attempt: 1, deadlineAt, asked });
  }

  if (!fallback) return run;
  return (work, asked) => fallBack(run(work, asked), fallback, asked?.signal);
}

/** One attempt: rate limit → bulkhead → breaker → call. */
function admitting(name: string, parts: GuardParts<unknown>, needs: ComposeNeeds): Step {
  const { rateLimit, bulkhead, breaker } = parts;
  const { clock } = needs;
  const make = callMaker(name, { ...needs, ...parts });

  async function pass<Value>(work: Work<Value>, frame: Frame): Promise<Guarded<Value>> {
    try {
      if (breaker) return await breaker.run(() => make(work, frame) as Promise<Value>);
      return { kind: 'succeeded', value: await make(work, frame) };
    } catch (thrown) {
      if (thrown === notSent) return tooLate(name);
      throw thrown;
    }
  }

  async function behindBulkhead<Value>(work: Work<Value>, frame: Frame): Promise<Guarded<Value>> {
    const { asked, deadlineAt } = frame;
    const permit = await bulkhead!.acquire(deadlineAt === Infinity ? asked : { ...asked, deadlineAt });
    if (permit.kind === 'refused') return permit;
    try {
      return await pass(work, frame);
    } finally {
      permit.release();
    }
  }

  const held: Step = bulkhead ? behindBulkhead : pass;
  if (!rateLimit) return held;
  return async (work, frame) => {
    const answer = rateLimit.take(clock.now());
    const refusal = answer && 'then' in answer ? await answer : answer;
    return refusal ?? held(work, frame);
  };
}

function tooLate(name: string): Refusal {
  const message = `\`${name}\` was not called: the caller's time was over before`;
  return { kind: 'refused', because: 'deadlinePassed', name, message };
}

function calledOff(name: string): Refusal {
  return {
    kind: 'refused',
    because: 'cancelled',
    name,
    message: `\`${name}\` was not called: who asked had given it up`,
  };
}
