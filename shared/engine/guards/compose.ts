import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { tellsOverload } from '../../policy/bulkhead/index.ts';
import { failureOf } from '../failure-of.ts';
import type { BulkheadPermit } from './bulkhead-permit.ts';
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
  const { deadlineMs: mostMs = Infinity, retry, fallback } = parts;
  const isTimed =
    mostMs < Infinity || [retry, parts.rateLimit, parts.bulkhead, parts.timeoutMs].some((part) => part !== undefined);
  const { clock, random } = needs;
  const once = admitting(name, parts, needs);
  const steps = retry ? retrying(name, { clock, random, ...retry }, once) : once;

  function run<Value>(work: Work<Value>, asked: Asked = askedNothing): Promise<Guarded<Value>> {
    if (asked.signal?.aborted) return Promise.resolve(calledOff(name));
    const { deadlineAt: theirsAt = Infinity } = asked;
    const at = isTimed || theirsAt < Infinity ? clock.now() : 0;
    if (at >= theirsAt) return Promise.resolve(tooLate(name));
    return steps(work, { attempt: 1, deadlineAt: Math.min(theirsAt, at + mostMs), asked, at });
  }

  if (!fallback) return run;
  return (work, asked) => fallBack(run(work, asked), fallback, asked?.signal);
}

/** One attempt: rate limit → bulkhead → breaker → call. One function for all of it, since each promise between them would cost as much as a guard. */
function admitting(name: string, parts: GuardParts<unknown>, needs: ComposeNeeds): Step {
  const { rateLimit, bulkhead, breaker } = parts;
  const { clock } = needs;
  const make = callMaker(name, { ...needs, ...parts });

  /** Where the breaker has to wait for the fleet's word first, time has gone on. */
  function behindBreaker<Value>(work: Work<Value>, frame: Frame): Promise<Guarded<Value>> {
    let hasWaited = false;
    const answer = breaker!.run(() => {
      if (hasWaited) frame.at = clock.now();
      return make(work, frame) as Promise<Value>;
    });
    hasWaited = true;
    return answer;
  }

  function enter({ asked, deadlineAt }: Frame) {
    return bulkhead!.acquire(deadlineAt === Infinity ? asked : { ...asked, deadlineAt });
  }

  return async <Value>(work: Work<Value>, frame: Frame): Promise<Guarded<Value>> => {
    let permit: BulkheadPermit | undefined;
    try {
      if (rateLimit) {
        const taken = rateLimit.take(frame.at);
        const refusal = taken && 'then' in taken ? await later(taken, frame, clock) : taken;
        if (refusal) return refusal;
      }
      if (bulkhead) {
        const entered = enter(frame);
        const answer = 'then' in entered ? await later(entered, frame, clock) : entered;
        if (answer.kind === 'refused') return answer;
        permit = answer;
      }
      if (breaker) return await behindBreaker(work, frame);
      return { kind: 'succeeded', value: await make(work, frame) };
    } catch (thrown) {
      if (thrown === notSent) return tooLate(name);
      permit?.release(tellsOverload(failureOf(thrown)));
      throw thrown;
    } finally {
      permit?.release();
    }
  };
}

async function later<Value>(wait: Promise<Value>, frame: Frame, clock: Clock): Promise<Value> {
  const value = await wait;
  frame.at = clock.now();
  return value;
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
