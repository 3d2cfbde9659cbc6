import type { Past } from './past.ts';
import type { BreakerRules } from './rules.ts';

/**
 * The failure rate that opens an adaptive breaker follows the target's own: it is the least at which so many failures among `minimumCalls`
 * calls come by chance less than once in a million, if the target fails as it always did. The chance of a share of t or more among n calls, of
 * which each fails with p, is at most e^(-n · KL(t, p)), where KL(t, p) = t ln(t / p) + (1 - t) ln((1 - t) / (1 - p)) (W. Hoeffding,
 * Probability Inequalities for Sums of Bounded Random Variables, J. Amer. Statist. Assoc. 58, 1963, theorem 1; H. Chernoff, 1952).
 *
 * The target's own rate is that of the calls that have left the window, so an outage under way does not raise the rate by which it is judged.
 * However slowly a target gets worse, beyond `most` it opens; however well it is, below `least` it does not.
 */
export function failureRateNow(past: Past | undefined, rules: BreakerRules): number | undefined {
  const { adaptive, minimumCalls } = rules;
  if (adaptive === undefined || past === undefined || past.calls < minimumCalls) return rules.failureRate;
  const rate = rateBeyondChance(ownRate(past), minimumCalls);
  return Math.min(adaptive.most, Math.max(adaptive.least, rate));
}

/** With what is found now in the place of `failureRate`: for those who judge without knowing the past. */
export function rulesNow(past: Past | undefined, rules: BreakerRules): BreakerRules {
  return rules.adaptive === undefined ? rules : { ...rules, failureRate: failureRateNow(past, rules) };
}

/** For people: by which rate it opens, and why. Undefined where none does. */
export function tellThreshold(past: Past | undefined, rules: BreakerRules): string | undefined {
  const rate = failureRateNow(past, rules);
  if (rate === undefined) return undefined;
  const { adaptive, minimumCalls } = rules;
  if (adaptive === undefined) return `${percent(rate)} of at least ${minimumCalls} calls, as configured`;
  const bounds = `between ${percent(adaptive.least)} and ${percent(adaptive.most)}`;
  if (past === undefined || past.calls < minimumCalls)
    return `${percent(rate)} until ${minimumCalls} calls have left the window, then following the target ${bounds}`;
  const own = `the target's own rate is ${percent(ownRate(past))} of about ${Math.round(past.calls)} calls`;
  return `${percent(rate)}: ${own}; what is beyond chance in ${minimumCalls} calls, ${bounds}`;
}

const unlikely = Math.log(1e6);

/** Laplace's rule: of a target that has never failed nobody knows that it never will. */
function ownRate({ calls, failures }: Past): number {
  return (failures + 1) / (calls + 2);
}

/** By halving: the divergence grows from `own` to 1. To a thousandth of a percent. */
function rateBeyondChance(own: number, calls: number): number {
  let [low, high] = [own, 1];
  for (let halvings = 0; halvings < 17; halvings++) {
    const middle = (low + high) / 2;
    if (calls * divergence(middle, own) < unlikely) low = middle;
    else high = middle;
  }
  return high;
}

function divergence(rate: number, own: number): number {
  return rate * Math.log(rate / own) + (1 - rate) * Math.log((1 - rate) / (1 - own));
}

function percent(rate: number): string {
  return `${Math.round(rate * 1_000) / 10} %`;
}
