import { formatDuration } from '../../core/duration.ts';
import {
  isFinal,
  type Job,
  limits,
  type NodeRun,
  nodeAt,
  nodeCount,
  nodeIdAt,
  type RetryingNode,
  resultOf,
} from '../../jobs/index.ts';

/** Something about a node that a person who watches wants to be told. */
export interface Notice {
  readonly tone: 'good' | 'bad' | 'busy' | 'wait' | 'again';
  readonly text: string;
}

/** What is worth a line between two looks at a job. Pages that are the same are not looked into. */
export function noticesBetween(before: Job | undefined, after: Job, now: number): Notice[] {
  const notices: Notice[] = escalationNotices(before, after);
  for (const [page, { nodes }] of after.pages.entries()) {
    const past = before?.pages[page];
    if (past?.nodes === nodes) continue;
    for (const [place, run] of nodes.entries()) {
      const was = past?.nodes[place];
      if (was === run) continue;
      const notice = noticeOf(after, page * limits.nodesPerPage + place, was, run, now);
      if (notice) notices.push(notice);
    }
  }
  return notices;
}

/** Whoever watches may be who is to decide. */
function escalationNotices(before: Job | undefined, { header }: Job): Notice[] {
  const { id, state, escalation } = header.recovery ?? {};
  const was = before?.header.recovery;
  if (state !== 'escalated' || (was?.id === id && was?.state === state)) return [];
  const options = escalation?.options.join(', ') ?? '';
  const how = `serve its store with \`breakwater start\`, and type: breakwater recoveries answer ${id} --do ACTION`;
  return [{ tone: 'wait', text: `waits for an answer (${options}); ${how}` }];
}

function noticeOf(job: Job, index: number, was: NodeRun | undefined, run: NodeRun, now: number): Notice | undefined {
  if (run.state === 'blocked') return undefined;
  const id = nodeIdAt(job, index);
  const isNews = was?.state !== run.state;
  const failuresBefore = was && was.state !== 'blocked' ? was.failures : 0;
  switch (run.state) {
    case 'failed':
      if (!isNews) return undefined;
      return { tone: 'bad', text: `${id} failed with attempt ${run.attempt}: ${run.failure?.message ?? 'no reason'}` };
    case 'retrying': {
      const again = `again ${whenText(run.retryAt - now)}`;
      if (endedAttempts(was) === endedAttempts(run)) return keptWaiting(id, was, run, again);
      return { tone: 'again', text: `${id}: attempt ${run.attempt} failed, ${again}: ${run.failure.message}` };
    }
    case 'waiting':
      return isNews ? waitNotice(id, run.on, job) : undefined;
    case 'succeeded':
      if (!isNews) return undefined;
      return run.failures > 0
        ? { tone: 'good', text: `${id} succeeded with attempt ${run.attempt}` }
        : successNotice(job, index, id);
    case 'running':
    case 'ready':
      if (run.failures <= failuresBefore) return undefined;
      return { tone: 'again', text: `${id}: attempt ${run.failures} failed and is made again` };
    case 'skipped':
    case 'cancelled':
      return undefined;
  }
}

function endedAttempts(run: NodeRun | undefined): number {
  return run === undefined || run.state === 'blocked' ? 0 : run.failures + run.leaseLosses;
}

/** A guard of its target has put its attempt off. */
function keptWaiting(id: string, was: NodeRun | undefined, run: RetryingNode, again: string): Notice | undefined {
  if (was?.state === 'retrying' && was.retryAt === run.retryAt) return undefined;
  return { tone: 'wait', text: `${id} is kept waiting, its target is spared: ${again}` };
}

function waitNotice(id: string, on: Extract<NodeRun, { state: 'waiting' }>['on'], job: Job): Notice | undefined {
  switch (on.kind) {
    case 'signal':
      return { tone: 'wait', text: `${id} waits for the signal \`${on.name}\`` };
    case 'items': {
      const items =
        job.header.maps.find(({ node, isGivenUp }) => !isGivenUp && nodeIdAt(job, node) === id)?.count ?? on.unsettled;
      return { tone: 'busy', text: `${id} fans out over ${items} items` };
    }
    case 'child':
      return { tone: 'busy', text: `${id} runs as job ${on.jobId}` };
    case 'decision':
      return { tone: 'wait', text: `${id} failed and waits for a decision: ${on.failure.code}` };
    case 'time':
    case 'callback':
      return undefined;
  }
}

function successNotice(job: Job, index: number, id: string): Notice | undefined {
  const spec = job.spec.nodes[index];
  if (spec?.type === 'signal') return { tone: 'good', text: `${id} got its signal` };
  if (spec?.type !== 'choice') return undefined;
  const result = resultOf(job, index);
  const branch = typeof result === 'object' && result !== null && 'branch' in result ? result['branch'] : '';
  return { tone: 'busy', text: `${id} chose ${String(branch)}` };
}

/** A moment that is so far away. It may have passed already when it is told. */
export function whenText(ms: number): string {
  return ms < 1 ? 'now' : `in ${formatDuration(ms)}`;
}

/** Nodes under way, those first that have taken longest. */
export function nodesUnderWay(job: Job, most: number): readonly { readonly id: string; readonly run: NodeRun }[] {
  if (isFinal(job.header.state)) return [];
  const found: { id: string; run: NodeRun; since: number }[] = [];
  for (let index = 0; index < nodeCount(job); index++) {
    const run = nodeAt(job, index);
    if (run.state !== 'running' && run.state !== 'waiting' && run.state !== 'retrying') continue;
    found.push({ id: nodeIdAt(job, index), run, since: run.startedAt ?? run.readyAt });
  }
  return found.sort((a, b) => a.since - b.since).slice(0, most);
}
