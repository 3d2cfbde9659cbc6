import { type FindingKind, isRepeatable, type RecoveryPolicy, type RecoveryRule } from './policy.ts';

export interface Remedy {
  readonly rule: RecoveryRule;
  /** The rule's place in its policy. */
  readonly place: number;
  /** Which application of this rule to this node it is, from 1 on. */
  readonly time: number;
  /** Undefined where there is none. */
  readonly most?: number;
}

/**
 * The first rule that fits and that is not used up. `used` says how often each rule has been applied to the node, by its place; `can` says
 * whether an action is possible at this moment (a restore needs a checkpoint): a rule whose action is not possible is passed over.
 */
export function decideRecovery(
  policy: RecoveryPolicy,
  finding: { readonly kind: FindingKind; readonly code?: string },
  used: readonly number[],
  can: (rule: RecoveryRule) => boolean,
): Remedy | undefined {
  for (const [place, rule] of policy.entries()) {
    const time = (used[place] ?? 0) + 1;
    const most = isRepeatable(rule.do) ? (rule.times ?? 1) : rule.times;
    if (!fits(rule, finding) || time > (most ?? Infinity) || !can(rule)) continue;
    return { rule, place, time, ...(most !== undefined && { most }) };
  }
  return undefined;
}

/** `used` after this remedy. */
export function usedWith(used: readonly number[], { place }: Remedy): readonly number[] {
  const length = Math.max(used.length, place + 1);
  return Array.from({ length }, (_, each) => (used[each] ?? 0) + Number(each === place));
}

/** For the audit: `rule 1 of 2 (on timeout): retry 1 of 2`. */
export function sentenceOf({ rule, place, time, most }: Remedy, policy: RecoveryPolicy): string {
  const times = most === undefined ? '' : ` ${time} of ${most}`;
  return `rule ${place + 1} of ${policy.length} (on ${rule.on.join(', ')}): ${rule.do}${times}`;
}

function fits({ on }: RecoveryRule, { kind, code }: { readonly kind: FindingKind; readonly code?: string }): boolean {
  return on.some((each) => each === '*' || each === kind || each === code);
}
