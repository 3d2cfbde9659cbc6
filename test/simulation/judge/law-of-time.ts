import { isFinal, type Job, type NodeRun } from '../../../shared/jobs/index.ts';
import { runsOf, specAt } from './reading.ts';
import type { Law } from './step.ts';

const hour = 3_600_000;

/** J4: every job that isn't final is looked at again, and not later than the first of its nodes needs it. */
export const nextCheckIsKept: Law = ({ after, now }, blame) => {
  const { header } = after;
  if (isFinal(header.state)) {
    if (header.nextCheckAt !== undefined) blame('J4: it is final and has a next check');
    return;
  }
  const at = header.nextCheckAt;
  if (at === undefined || Number.isNaN(at)) return blame('J4: it has no next check');
  if (at > now + hour) blame('J4: its next check is more than an hour away');
  if (at > (header.deadlineAt ?? Infinity)) blame('J4: its next check is after its deadline');
  let index = 0;
  after.pages.forEach((page, number) => {
    for (const run of page.nodes) {
      const due = dueAt(after, index, run);
      if (page.dueAt > due) blame(`J4: page ${number} is due later than its node ${index}`);
      if (at > due) blame(`J4: its next check is later than node ${index} needs it`);
      index++;
    }
  });
};

/** The stuck detector: whoever has not settled has somebody or something that will move it on. */
export const nobodyIsStuck: Law = ({ after }, blame) => {
  const { header, spec } = after;
  if (isFinal(header.state)) return;
  const runs = runsOf(after);
  if (header.startedAt === undefined) {
    const isPaused = header.paused !== undefined;
    if (!isPaused && !((header.nextCheckAt ?? Infinity) <= (spec.startAt ?? 0))) blame('stuck: nothing will start it');
    return;
  }
  const waits = header.paused?.cause === 'compensationFailed' || (header.paused && header.rollback);
  if (!waits && runs.every((run) => run.state === 'blocked' || 'endedAt' in run))
    blame('stuck: all its open nodes are blocked');
  runs.forEach((run, index) => {
    const why = whatMovesOn(after, runs, run, index);
    if (why === undefined) blame(`stuck: node ${index} is ${run.state} and nothing moves it on`);
  });
};

function whatMovesOn({ header }: Job, runs: readonly NodeRun[], run: NodeRun, index: number): string | undefined {
  switch (run.state) {
    case 'ready':
      return header.paused ? 'a person' : run.requeueAt === undefined ? undefined : 'its message';
    case 'running':
      return Number.isFinite(run.leaseUntil) ? 'its lease' : undefined;
    case 'retrying':
      return Number.isFinite(run.retryAt) ? 'its retry' : undefined;
    case 'waiting':
      return run.on.kind === 'items' ? anyOpenItem(header, runs, index) : run.on.kind;
    case 'blocked':
    case 'succeeded':
    case 'failed':
    case 'skipped':
    case 'cancelled':
      return run.state;
  }
}

function anyOpenItem(header: Job['header'], runs: readonly NodeRun[], map: number): string | undefined {
  const items = header.maps.find(({ node, isGivenUp }) => node === map && !isGivenUp);
  const open = runs.slice(items?.first, (items?.first ?? 0) + (items?.count ?? 0)).filter((run) => !('endedAt' in run));
  return open.some(({ state }) => state !== 'blocked') ? 'its items' : undefined;
}

function dueAt(job: Job, index: number, run: NodeRun): number {
  if (run.state === 'blocked' || 'endedAt' in run) return Infinity;
  const { totalTimeout = Infinity } = specAt(job, index);
  const total = run.readyAt + totalTimeout;
  switch (run.state) {
    case 'ready':
      return Math.min(total, run.requeueAt ?? Infinity);
    case 'running':
      return Math.min(total, run.leaseUntil, run.timeoutAt ?? Infinity);
    case 'retrying':
      return Math.min(total, run.retryAt);
    case 'waiting': {
      const { on } = run;
      const wait =
        on.kind === 'time'
          ? on.until
          : on.kind === 'child'
            ? on.checkAt
            : on.kind === 'callback'
              ? on.heartbeatBy
              : Infinity;
      return Math.min(total, run.timeoutAt ?? Infinity, wait ?? Infinity);
    }
  }
}
