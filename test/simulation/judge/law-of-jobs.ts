import {
  type AuditLine,
  isFinal,
  type Job,
  type NodeRun,
  type Tally,
  transitions,
} from '../../../shared/jobs/index.ts';
import { idsOf, lawfulWithoutFailures, runsOf, specAt } from './reading.ts';
import type { Law } from './step.ts';

/** J1: along the table, one version at a time, and never out of a final state. */
export const jobsMoveLawfully: Law = ({ before, after, stored, audit }, blame) => {
  if (before !== stored) blame(`J1: version ${after.header.version} was not made from what was stored`);
  if (after.header.version !== (stored?.header.version ?? 0) + 1) blame('J1: the version did not go up by one');
  if (stored && isFinal(stored.header.state)) checkReopened(stored, after, audit, blame);
  let state = stored?.header.state ?? 'pending';
  for (const line of audit) {
    if (line.job === undefined) continue;
    // A run may come to the end of the one before within the step that began it.
    const isSameEnd = state === line.job && isFinal(state) && audit.some(({ run }) => run !== undefined);
    if (!isSameEnd && !transitions[state].includes(line.job)) blame(`J1: it moved from ${state} to ${line.job}`);
    state = line.job;
  }
  if (state !== after.header.state) blame(`J1: it is ${after.header.state}, but what was told leads to ${state}`);
};

/** Out of a final state leads nothing but a new run, which somebody asked for. */
function checkReopened(stored: Job, after: Job, audit: readonly AuditLine[], blame: (sentence: string) => void): void {
  const run = (stored.header.run ?? 1) + 1;
  const isAsked = audit[0]?.run === run && audit[0].by !== undefined;
  // Several may come within a step: it ended again at once, and was asked for again.
  if ((after.header.run ?? 1) < run || !isAsked) blame(`J1: it was ${stored.header.state} and changed`);
}

/** The job's own state follows from its nodes. */
export const stateFollowsNodes: Law = ({ after, audit }, blame) => {
  const { header } = after;
  const runs = runsOf(after);
  const tally = recount(runs);
  for (const [state, count] of Object.entries(header.tally))
    if (tally[state as keyof Tally] !== count)
      blame(`tally: ${count} nodes ${state}, counted ${tally[state as keyof Tally]}`);
  const bytes = runs.reduce((sum, run, index) => sum + resultBytes(after, run, index), 0);
  if (bytes !== header.resultBytes) blame(`resultBytes is ${header.resultBytes}, counted ${bytes}`);
  if (!isFinal(header.state)) return;
  const open = runs.filter((run) => !('endedAt' in run)).length;
  if (open > 0) blame(`it is ${header.state} with ${open} open nodes`);
  if (header.endedAt === undefined) blame('it is final and has no end');
  if (audit.some(({ event }) => ['cancelled', 'deadlinePassed', 'rolledBack'].includes(event))) return;
  const right = lawfulWithoutFailures(after) ? 'completed' : 'failed';
  if (header.state !== right) blame(`it is ${header.state}, but its nodes say ${right}`);
};

/** Unless the audit names it: it was reset, or somebody has decided on a compensation that failed. */
export const settledNodesStay: Law = ({ before, after, audit }, blame) => {
  if (!before) return;
  const runs = runsOf(after);
  const ids = idsOf(after);
  const reopens = new Set([
    'reset',
    'compensationRetried',
    'nodeSkipped',
    'recoveryActed',
    'recoveryStarted',
    'recoveryAnswered',
  ]);
  runsOf(before).forEach((run, index) => {
    if ('endedAt' in run && JSON.stringify(run) !== JSON.stringify(runs[index])) {
      const isGivenUp = after.header.maps.some((items) => items.isGivenUp && isAmong(items, index));
      if (!isGivenUp && !audit.some(({ event, node }) => node === ids[index] && reopens.has(event)))
        blame(`node ${index} was ${run.state} and changed`);
    }
  });
};

function isAmong({ first, count }: Job['header']['maps'][number], index: number): boolean {
  return index >= first && index < first + count;
}

/** What a change says it wrote is all that it changed. */
export const whatChangedIsWritten: Law = ({ before, after, pages, results }, blame) => {
  if (!before || !pages || !results) return;
  after.pages.forEach((page, number) => {
    if (pages.includes(number)) return;
    const old = before.pages[number];
    if (!old || page.nodes.some((run, place) => isOther(run, old.nodes[place]))) blame(`page ${number} is not written`);
    if (old && old.dueAt !== page.dueAt) blame(`page ${number} is due at another time and is not written`);
  });
  const old = runsOf(before);
  runsOf(after).forEach((run, index) => {
    const isNew = run.state === 'succeeded' && run.result !== undefined && old[index]?.state !== 'succeeded';
    if (isNew && !results.includes(index)) blame(`the result of node ${index} is not written`);
  });
};

function isOther(run: NodeRun, old: NodeRun | undefined): boolean {
  return run !== old && !(run.state === 'blocked' && old?.state === 'blocked');
}

function recount(runs: readonly NodeRun[]): Tally {
  const count = (state: NodeRun['state']) => runs.filter((run) => run.state === state).length;
  return {
    blocked: count('blocked'),
    ready: count('ready'),
    running: count('running'),
    waiting: count('waiting'),
    retrying: count('retrying'),
    succeeded: count('succeeded'),
    failed: count('failed'),
    skipped: count('skipped'),
    cancelled: count('cancelled'),
    lost: runs.filter((run) => 'lost' in run && run.lost).length,
  };
}

/** Only what came from outside counts. */
function resultBytes(job: Job, run: NodeRun, index: number): number {
  const { type } = specAt(job, index);
  const counts = ['http', 'pubsub', 'function', 'job', 'signal'].includes(type);
  return run.state === 'succeeded' && counts ? JSON.stringify(run.result ?? null).length : 0;
}
