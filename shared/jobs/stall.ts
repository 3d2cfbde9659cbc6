import type { JobHeader } from './job.ts';
import { type JobView, nodeAt, nodeIdAt, nodeIndices } from './nodes.ts';
import { isFinal } from './states.ts';
import { targetAt } from './target.ts';

/** A node that was published so often is taken by nobody: half a minute has passed, as long as a lease. */
export const requeuesOfStalled = 3;

const targetsTold = 3;

/** Why nothing of the job can move; undefined where something does, or waits for what it was told to wait for. */
export function stallOf(job: JobView & { readonly header: JobHeader }): string | undefined {
  const { state, startedAt, paused, tally } = job.header;
  if (isFinal(state) || startedAt === undefined || paused) return undefined;
  if (tally.running + tally.waiting + tally.retrying > 0 || tally.ready + tally.blocked === 0) return undefined;
  if (tally.ready === 0) return `${tally.blocked} nodes wait for each other and for nothing else`;
  const ready = nodeIndices(job).filter((node) => nodeAt(job, node).state === 'ready');
  return ready.every((node) => isIgnored(job, node)) ? sentenceOf(job, ready) : undefined;
}

function isIgnored(job: JobView, node: number): boolean {
  const run = nodeAt(job, node);
  return run.state === 'ready' && run.requeues >= requeuesOfStalled;
}

/** What is to be called says who is missing. */
function sentenceOf(job: JobView, ready: readonly number[]): string {
  const targets = [...new Set(ready.slice(0, 100).flatMap((node) => targetAt(job, node) ?? []))];
  const more = targets.length > targetsTold ? `, and ${targets.length - targetsTold} more` : '';
  const what = ready.length === 1 ? `\`${nodeIdAt(job, ready[0]!)}\` is ready` : `${ready.length} nodes are ready`;
  return `${what} and nobody takes ${ready.length === 1 ? 'it' : 'them'}: ${targets.slice(0, targetsTold).join(', ')}${more}`;
}
