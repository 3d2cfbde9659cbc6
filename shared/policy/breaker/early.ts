/**
 * Early detection: Page's CUSUM over calls that fail or don't, so that an outage is seen as soon as chance is no explanation any more,
 * however many successes stand in the window (E. S. Page, Continuous Inspection Schemes, Biometrika 41, 1954; for failing and succeeding
 * calls: M. Reynolds, Z. Stoumbos, A CUSUM Chart for Monitoring a Proportion, J. Quality Technology 31, 1999).
 *
 * Each call adds the logarithm of how much likelier it is in an outage than at the rate p that is tolerated, and the sum never falls
 * below 0. For an outage in which a fifth of the tolerated rate's successes is left, failures at a rate of q = 1 - (1 - p) / 5, a failure
 * adds ln(q / p) and a success takes ln 5. It opens when the sum has come to h.
 *
 * How often it errs: the mean number of calls until a false alarm is at least e^h, as long as failures come at p or less (G. Lorden,
 * Procedures for Reacting to a Change in Distribution, Ann. Math. Statist. 42, 1971, theorem 2). h = ln(10^8) makes that one in 10^8
 * calls, with targets that fail as often as is tolerated; one that fails more seldom is taken for dead far more seldom still.
 * How late it is: ceil(h / ln(q / p)) failures in a row from a sum of 0, as it is after many successes. That is 32 for p = 0.5.
 */
const evidenceMost = Math.log(1e8);

const successStep = -Math.log(5);

/** Where no rule says how many failures are tolerated. */
const toleratedUnlessSaid = 0.5;

export function evidenceAfter(evidence: number, isFailure: boolean, tolerated = toleratedUnlessSaid): number {
  return Math.max(0, evidence + (isFailure ? failureStep(tolerated) : successStep));
}

export function isEvident(evidence: number): boolean {
  return evidence >= evidenceMost;
}

/** In a row, of which none needs a success before it to be believed. Of a rate of 1 nothing is ever evident. */
export function failuresUntilEvident(tolerated = toleratedUnlessSaid): number {
  return Math.ceil(evidenceMost / failureStep(tolerated));
}

function failureStep(tolerated: number): number {
  return Math.log((1 - (1 - tolerated) / 5) / tolerated);
}
