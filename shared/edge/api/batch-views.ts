import type { BatchPreview } from '../../engine/batch-desk.ts';
import { type Batch, type BatchOrder, type BatchResult, passedOf, remainingMsOf } from '../../jobs/batch/index.ts';
import { codeOfRefusal } from './refusals.ts';

/** Batches as the API shows them. */

export function batchView(batch: Batch, now: number): Record<string, unknown> {
  const { id, order, by, state, createdAt, endedAt, cancelledBy, expected, counts } = batch;
  const { action, filter, recovery, reason, ratePerSecond } = order;
  const { states, submittedFrom, submittedBefore, ...chosen } = filter;
  return {
    batchId: id,
    action,
    filter: { state: states, ...chosen, from: submittedFrom, to: submittedBefore },
    recovery,
    reason,
    ratePerSecond,
    state,
    by,
    createdAt,
    endedAt,
    cancelledBy,
    expected,
    counts,
    passed: passedOf(batch),
    percent: percentOf(batch),
    remainingMs: remainingMsOf(batch, now),
  };
}

/** Of a running batch never all: jobs may have come into its filter since they were counted. */
function percentOf(batch: Batch): number {
  if (batch.state === 'completed') return 100;
  const { jobs } = batch.expected;
  return jobs === 0 ? 0 : Math.min(99, Math.floor((100 * passedOf(batch)) / jobs));
}

export function batchPreviewView({ action }: BatchOrder, { expected, byState, shown }: BatchPreview) {
  return { dryRun: true, action, expected, byState, shown: shown.map(inWords) };
}

export function batchResultView(result: BatchResult) {
  return inWords(result);
}

function inWords<Told extends Pick<BatchResult, 'outcome' | 'because'>>(told: Told): Told {
  const { outcome, because } = told;
  return outcome === 'refused'
    ? { ...told, because: codeOfRefusal(because as Parameters<typeof codeOfRefusal>[0]) }
    : told;
}
