import { indexOfNode, type Job } from '../jobs/index.ts';
import type { Answer } from './engine.ts';
import type { Committed } from './job-lines.ts';

/** What a commit of one event comes to for whoever asked for it. */
export function answerOf({ job, verdicts }: Committed): Exclude<Answer, { kind: 'unknownJob' }> {
  const verdict = verdicts[0]!;
  switch (verdict.kind) {
    case 'applied':
      return { kind: 'done', job };
    case 'repeated':
      return { kind: 'repeated', job };
    case 'refused':
      return { kind: 'refused', because: verdict.because, job };
  }
}

/** The nodes that people name; undefined where the job does not have one of them. */
export function indicesOf(job: Job, nodeIds: readonly string[]): readonly number[] | undefined {
  const nodes = nodeIds.flatMap((id) => indexOfNode(job, id) ?? []);
  return nodes.length === nodeIds.length ? nodes : undefined;
}
