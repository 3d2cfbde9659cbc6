import type { Clock } from '../core/clock.ts';
import {
  type ClosedOff,
  isRecovered,
  type JobView,
  type NodeEvent,
  nodeAt,
  nodeSpecAt,
  policyAt,
  targetAt,
} from '../jobs/index.ts';
import { type Admission, callVerdict } from '../policy/breaker/index.ts';
import type { Outcome } from '../ports/index.ts';
import type { Breakers } from './breakers.ts';
import type { Claim } from './commit-events.ts';
import type { FullPool, Place, Pools } from './guards/pools.ts';
import type { RetryBudget } from './retry-budget.ts';

/**
 * What stands between a ready node and its claim: its bulkhead, where it has one that is full; the breaker of its target, where its policy is
 * `circuit_breaker` or somebody has configured that breaker; and the target's retry budget. Asked within a commit, so without a wait. A node
 * that has never failed and has none of these passes unseen.
 */
export interface Gate {
  /** Whether the job, as it was seen, says enough of the attempt for `ask`. */
  canTell(job: JobView, node: number, attempt: number): boolean;
  ask(job: JobView, node: number, attempt: number): Asked;
  /**
   * An answer would be given without knowing what the fleet knows: better the node goes out by message, and whoever gets that waits for
   * `refresh` first. Not where a message of it may have been lost: it does not go round for ever.
   */
  isBehind(job: JobView, node: number): boolean;
  /** Undefined where there is nothing to wait for. */
  refresh(job: JobView, nodes: readonly number[]): Promise<void> | undefined;
  /** Asks elsewhere what `ask` could only answer with a delay; undefined where there is nothing to wait for. Never rejects. */
  prepare(job: JobView, nodes: readonly number[]): Promise<void> | undefined;
  /** These were let through and have come to nothing. */
  takeBack(claims: readonly Claim[]): void;
  /** It was not let through, and will be asked for again at once. */
  forget(postponed: Postponed): void;
  /** An attempt begins here. */
  begun(job: JobView, node: number): void;
  /** What became of a call; how long the node's target is left alone now, where that matters to it. */
  ended(job: JobView, claim: Claim, outcome: Outcome, tookMs: number): ClosedOff;
}

export type Asked =
  | { readonly kind: 'passes'; readonly pass?: Pass }
  | { readonly kind: 'postponed'; readonly event: Postponed };

export type Postponed = Extract<NodeEvent, { kind: 'postponed' }>;

/** What was given to a claim, and is to be given back when it comes to nothing. */
export interface Pass {
  readonly target: string;
  readonly isRetry: boolean;
  readonly probe?: number;
  /** In its pool, until it enters. */
  readonly place?: Place;
}

export interface GateNeeds {
  readonly clock: Clock;
  readonly budget: RetryBudget;
  readonly breakers: Breakers;
  /** Whether a target's breaker is for all who call it, whatever their strategy. */
  readonly isForAll: ((target: string) => boolean) | undefined;
  readonly pools: Pools;
  /** Nothing may go on behind whoever asks. */
  readonly invoked: boolean;
  inBackground(work: Promise<unknown>, context: string): void;
}

/** A store that does not answer must not keep retries waiting. */
const refreshMsMost = 1_000;

export function createGate(needs: GateNeeds): Gate {
  const { clock, budget, breakers, isForAll, pools, invoked, inBackground } = needs;

  function ask(job: JobView, node: number, attempt: number): Asked {
    const isRetry = isRetryAt(job, node);
    const pool = poolAt(job, node);
    const hasBreaker = hasBreakerAt(job, node);
    if (!isRetry && !hasBreaker && pool === undefined) return passes;
    const target = targetAt(job, node);
    const run = nodeAt(job, node);
    if (target === undefined || run.state !== 'ready') return passes;
    if (run.isUrged) return passed({ target, isRetry }, pool);
    const full = pool === undefined ? undefined : pools.full(pool);
    if (full) return { kind: 'postponed', event: postponedBy(pool!, full, node, attempt) };
    const postponed = { kind: 'postponed', node, attempt, target } as const;
    const admission = hasBreaker ? breakers.admit(target, clock.now()) : admitted;
    if (admission.kind === 'refused')
      return { kind: 'postponed', event: { ...postponed, because: 'breakerOpen', until: admission.retryAt } };
    // A probe is one call, and the way back.
    if (admission.probe !== undefined) return passed({ target, isRetry, probe: admission.probe }, pool);
    if (!isRetry) return pool === undefined ? passes : passed({ target, isRetry }, pool);
    const verdict = budget.ask(target);
    if (verdict.kind === 'granted') return { kind: 'passes', pass: placed({ target, isRetry }, pool) };
    const { kind: _, ...over } = verdict;
    return { kind: 'postponed', event: { ...postponed, because: 'retryBudget', ...over } };
  }

  /** One that somebody has configured is for all who call its target. */
  function hasBreakerAt(job: JobView, node: number): boolean {
    if (policyAt(job, node).strategy === 'circuit_breaker') return true;
    const target = isForAll ? targetAt(job, node) : undefined;
    return target !== undefined && isForAll!(target);
  }

  function passed(pass: Pass, pool: string | undefined): Asked {
    if (pass.isRetry) budget.countRetry(pass.target);
    return { kind: 'passes', pass: placed(pass, pool) };
  }

  function placed(pass: Pass, pool: string | undefined): Pass {
    return pool === undefined ? pass : { ...pass, place: pools.expect(pool) };
  }

  function news(target: string): Promise<void> | undefined {
    const refresh = budget.refresh(target);
    if (!refresh || invoked) return refresh;
    inBackground(refresh, `hearing of the retries at ${target}`);
    return undefined;
  }

  function probesFor(job: JobView, nodes: readonly number[]): Promise<void>[] {
    if (!breakers.prepare) return [];
    const guarded = nodes.filter(
      (node) => nodeAt(job, node).state === 'ready' || nodeAt(job, node).state === 'retrying',
    );
    const targets = new Set(guarded.flatMap((node) => (hasBreakerAt(job, node) ? (targetAt(job, node) ?? []) : [])));
    return [...targets].flatMap((target) => breakers.prepare?.(target, clock.now()) ?? []);
  }

  function retriedTarget(job: JobView, node: number): string | undefined {
    return isRetryAt(job, node) ? targetAt(job, node) : undefined;
  }

  return {
    ask,
    canTell(job, node, attempt) {
      const run = nodeAt(job, node);
      if (run.state === 'ready' && run.attempt + 1 === attempt) return true;
      return attempt === 1 && !hasBreakerAt(job, node);
    },
    isBehind(job, node) {
      const target = retriedTarget(job, node);
      if (target === undefined || !budget.isBehind(target)) return false;
      if (!invoked) void news(target);
      return invoked && !wasPublished(job, node);
    },
    refresh(job, nodes) {
      const targets = new Set(nodes.map((node) => retriedTarget(job, node)));
      const waits = [...targets].flatMap((target) => (target === undefined ? [] : (news(target) ?? [])));
      waits.push(...probesFor(job, nodes));
      return waits.length === 0 ? undefined : within(clock, refreshMsMost, Promise.all(waits));
    },
    prepare(job, nodes) {
      const waits = probesFor(job, nodes);
      return waits.length === 0 ? undefined : within(clock, refreshMsMost, Promise.all(waits));
    },
    takeBack(claims) {
      for (const { pass } of claims) {
        pass?.place?.leave();
        if (pass?.isRetry) budget.takeBack(pass.target);
        if (pass?.probe !== undefined) breakers.record(pass.target, 'unheard', clock.now(), pass.probe);
      }
    },
    forget({ because, target }) {
      if (because === 'retryBudget') budget.forget(target);
    },
    begun(job, node) {
      const run = nodeAt(job, node);
      if (run.state !== 'running' || run.failures > 0 || run.leaseLosses > 0 || isRecovered(job, node)) return;
      const target = targetAt(job, node);
      if (target !== undefined) budget.countFirst(target);
    },
    ended(job, { node, pass }, outcome, tookMs) {
      const target = pass?.target ?? targetAt(job, node);
      if (target === undefined) return {};
      const heard = outcome.kind === 'failed' ? callVerdict(outcome.failure) : 'succeeded';
      if (heard !== 'unheard') budget.heard(target, heard);
      const retryAt = breakers.record(target, heard, clock.now(), pass?.probe, tookMs);
      return retryAt !== undefined && hasBreakerAt(job, node) ? { closedOffUntil: retryAt } : {};
    },
  };
}

const passes: Asked = { kind: 'passes' };
const admitted: Admission = { kind: 'admitted' };

/** What follows a lost lease repeats an attempt that was counted when it began. What a rule of recovery has tried again would drown a target as well. */
function isRetryAt(job: JobView, node: number): boolean {
  const run = nodeAt(job, node);
  return run.state === 'ready' && (run.failures > 0 || isRecovered(job, node)) && !run.lost;
}

function wasPublished(job: JobView, node: number): boolean {
  const run = nodeAt(job, node);
  return run.state === 'ready' && run.requeues > 0;
}

export function poolAt(job: JobView, node: number): string | undefined {
  const spec = nodeSpecAt(job, node);
  return 'bulkhead' in spec ? spec.bulkhead : undefined;
}

function postponedBy(pool: string, { limit, depth, retryAt }: FullPool, node: number, attempt: number): Postponed {
  const why = { target: pool, until: retryAt, because: 'bulkheadFull', limit, depth } as const;
  return { kind: 'postponed', node, attempt, ...why };
}

async function within(clock: Clock, msMost: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  await Promise.race([work, clock.sleep(msMost, ended.signal)]);
  ended.abort();
}
