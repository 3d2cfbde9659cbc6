import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { canonicalJson } from '../../core/json.ts';
import type { GuardChange, GuardLine, GuardRecord } from '../../ports/index.ts';
import type { GuardAsked } from './guards.ts';

/** What an operator asks of one guard. */
export interface GuardWish<Spec> {
  readonly guard: GuardLine['guard'];
  readonly name: string;
  readonly action: Exclude<GuardLine['action'], 'transition'>;
  /** What is asked for beside the action: the same again under the same key is the same request. */
  readonly what?: unknown;
  /** Undefined where it is so already. */
  readonly decide: (before: GuardRecord<Spec> | undefined) => GuardDecision<Spec> | undefined;
}

export interface GuardDecision<Spec> {
  /** All that stands in the record from now on. */
  readonly kept: Pick<GuardRecord<Spec>, 'spec' | 'override' | 'resetAt'>;
  readonly because: string;
  readonly before?: string;
  readonly after?: string;
}

export type GuardChanged<Spec> =
  | { readonly kind: 'changed' | 'repeated'; readonly record: GuardRecord<Spec> | undefined }
  | { readonly kind: 'conflict'; readonly revision: number }
  | { readonly kind: 'keyReused' };

export interface GuardStore<Spec> {
  read(name: string): Promise<GuardRecord<Spec> | undefined>;
  change(change: GuardChange<Spec>): Promise<'stored' | 'conflict'>;
}

/** Keys that a guard remembers: operators send a request again within minutes. */
const requestsKept = 20;
const triesMost = 5;

/** Record and line in one commit. Judged anew where somebody was faster, unless the wish was made on a revision of its own. */
export async function changeGuard<Spec>(
  clock: Clock,
  store: GuardStore<Spec>,
  wish: GuardWish<Spec>,
  asked: GuardAsked,
): Promise<GuardChanged<Spec>> {
  for (let tries = 1; ; tries++) {
    const before = await store.read(wish.name);
    const known = before?.requests?.find(({ key }) => key === asked.request);
    if (known) return known.asked === digestOf(wish) ? { kind: 'repeated', record: before } : { kind: 'keyReused' };
    const revision = before?.revision ?? 0;
    if (asked.revision !== undefined && asked.revision !== revision) return { kind: 'conflict', revision };
    const decision = wish.decide(before);
    if (!decision) return { kind: 'repeated', record: before };
    const change = changeOf(wish, asked, before, decision, clock.now());
    if ((await store.change(change)) === 'stored') return { kind: 'changed', record: change.record };
    if (tries >= triesMost) return { kind: 'conflict', revision };
  }
}

function changeOf<Spec>(
  wish: GuardWish<Spec>,
  { by, request, trace }: GuardAsked,
  stored: GuardRecord<Spec> | undefined,
  { kept, because, before, after }: GuardDecision<Spec>,
  at: number,
): GuardChange<Spec> {
  const { guard, name, action } = wish;
  const revision = (stored?.revision ?? 0) + 1;
  const changedBy = `operator:${by}`;
  const earlier = stored?.requests ?? [];
  const requests = request === undefined ? earlier : [...earlier, { key: request, asked: digestOf(wish) }];
  return {
    record: {
      name,
      revision,
      ...kept,
      changedAt: at,
      changedBy,
      ...(requests.length > 0 && { requests: requests.slice(-requestsKept) }),
    },
    line: {
      guard,
      name,
      at,
      by: changedBy,
      action,
      because,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
      number: revision,
      ...(request !== undefined && { request }),
      ...(trace !== undefined && { trace }),
    },
  };
}

/** What was asked for, and not who asked or by which call. 66 bits of SHA-256: keys do not meet by chance. */
function digestOf({ action, what }: Pick<GuardWish<unknown>, 'action' | 'what'>): string {
  return createHash('sha256').update(canonicalJson({ action, what })).digest('base64url').slice(0, 11);
}
