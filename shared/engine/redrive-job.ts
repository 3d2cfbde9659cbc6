import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import { type ByOperator, type Job, type JobSpec, lastIndexOf, type PatchFault, redriveFaults } from '../jobs/index.ts';
import { answerOf } from './answer.ts';
import type { Committer } from './commit-events.ts';
import type { Answer } from './engine.ts';

/** What a redrive may say beside who asks for it. */
export interface RedriveOptions {
  /** Ids of nodes that run again whatever became of them, and all that is built on them. */
  readonly nodes?: readonly string[];
  /** Takes the place of the job's input. */
  readonly input?: Json;
  /** Takes the place of the job's spec; it must come from `parseJobSpec`. */
  readonly spec?: JobSpec;
}

export type Redriven =
  | (Answer & {
      /** Of `unknownNode`: the first of the ids that the job does not have. */
      readonly unknown?: string;
    })
  /** The corrected spec does not fit the job; nothing has changed. */
  | { readonly kind: 'doesNotFit'; readonly faults: readonly PatchFault[]; readonly job: Job };

/** The job goes on from what keeps it from success, or from the nodes that are named. Where a corrected spec does not fit, all that is wrong with it is told. */
export async function redriveJob(
  committer: Pick<Committer, 'read' | 'commit'>,
  clock: Pick<Clock, 'now'>,
  jobId: string,
  options: RedriveOptions,
  asked: ByOperator,
): Promise<Redriven> {
  const job = await committer.read(jobId);
  if (!job) return { kind: 'unknownJob' };
  // The same request may come again when it has done away with an item that it named.
  const nodes = (options.nodes ?? []).map((id) => ({ id, index: lastIndexOf(job, id) }));
  const unknown = nodes.find(({ index }) => index === undefined);
  if (unknown) return { kind: 'refused', because: 'unknownNode', job, unknown: unknown.id };
  const spec = correctedSpec(job, options);
  const event = { kind: 'redriven', nodes: nodes.map(({ index }) => index!), ...(spec && { spec }), ...asked } as const;
  const committed = await committer.commit(jobId, [event]);
  if (!committed) return { kind: 'unknownJob' };
  const answer = answerOf(committed);
  if (answer.kind !== 'refused') return answer;
  if (answer.because !== 'specDoesNotFit') return { ...answer, ...namedFirst(answer.because, options) };
  return { kind: 'doesNotFit', faults: redriveFaults(committed.job, event, clock.now()), job: committed.job };
}

function correctedSpec({ spec: before }: Job, { spec = before, input }: RedriveOptions): JobSpec | undefined {
  if (input !== undefined) return { ...spec, input };
  return spec === before ? undefined : spec;
}

/** Of an item or a compensation that is there and cannot be run again. */
function namedFirst(because: string, { nodes }: RedriveOptions): { unknown?: string } {
  return because === 'unknownNode' && nodes?.[0] !== undefined ? { unknown: nodes[0] } : {};
}
