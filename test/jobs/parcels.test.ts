import { describe, expect, test } from '@jest/globals';
import {
  applyToDraft,
  applyToJob,
  type Change,
  closeDraft,
  fold,
  handOut,
  type Job,
  type JobEvent,
  newJob,
  nodeAt,
  openDraft,
  openParcels,
  type ParcelNews,
  readyInParcel,
} from '../../shared/jobs/index.ts';
import { claim, fail, jobOf, node, submittedAt, succeed } from './a-story.ts';

const wide = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, at) => node(`n${at}`, [], { ...more }));

/** What becomes of a job whose first commit hands out. */
function submitted(nodes: readonly object[], nodesPerParcel: number, ...events: readonly JobEvent[]): Change {
  const { id, spec } = jobOf(...nodes);
  return handedOut(newJob({ id, spec }, submittedAt), nodesPerParcel, { kind: 'submitted' }, ...events);
}

function handedOut(job: Job, nodesPerParcel: number, ...events: readonly JobEvent[]): Change {
  const draft = openDraft(job, submittedAt);
  for (const event of events) applyToDraft(draft, event);
  handOut(draft, nodesPerParcel);
  return closeDraft(draft);
}

const published = ({ effects }: Pick<Change, 'effects'>) =>
  effects.flatMap((effect) => (effect.kind === 'enqueue' ? [[effect.node, effect.parcel]] : []));

function parcelOf(job: Job, index: number): string | undefined {
  const run = nodeAt(job, index);
  return run.state === 'ready' || run.state === 'running' ? run.parcel : undefined;
}

const apply = (job: Job, event: JobEvent, at = 0) => applyToJob(job, event, submittedAt + at);
const because = (job: Job, event: JobEvent) => apply(job, event).because;
const paused: JobEvent = { kind: 'paused', by: 'ann' };
const resumed: JobEvent = { kind: 'resumed', by: 'ann' };

function news(parcelId: string, nodes: readonly number[], more: Partial<ParcelNews> = {}): ParcelNews {
  const claims = nodes.map((each) => ({ node: each, attempt: 1 }));
  const times = { claimedAt: submittedAt + 100, leaseUntil: submittedAt + 30_100 };
  return { parcelId, owner: 'engine-1', ...times, claims, events: [], ...more };
}

function said(event: JobEvent, at: number): ParcelNews['events'][number] {
  return { ...event, at: submittedAt + at } as ParcelNews['events'][number];
}

function folded(job: Job, ...parcels: readonly ParcelNews[]): Change {
  const draft = openDraft(job, submittedAt + 1_000);
  fold(draft, parcels);
  return closeDraft(draft);
}

describe('handing out', () => {
  test('as many ready nodes as fit into one parcel are published by themselves', () => {
    const change = submitted(wide(2), 2);
    expect(published(change)).toEqual([
      [0, undefined],
      [1, undefined],
    ]);
    expect(openParcels(change.after)).toEqual(new Set());
  });

  test('one more than fit, and all go out in parcels, which are named in message and node', () => {
    const change = submitted(wide(3), 2);
    expect(published(change)).toEqual([
      [0, '1-0'],
      [1, '1-0'],
      [2, '1-1'],
    ]);
    expect([0, 1, 2].map((index) => parcelOf(change.after, index))).toEqual(['1-0', '1-0', '1-1']);
  });

  test('a parcel is named by the version that hands it out, so that no name comes twice', () => {
    const { after } = submitted([...wide(3), node('a'), ...['x', 'y', 'z'].map((id) => node(id, ['a']))], 2, claim(3));
    const later = handedOut(after, 2, succeed(3));
    expect(published(later)).toEqual([
      [4, '2-0'],
      [5, '2-0'],
      [6, '2-1'],
    ]);
    expect(later.after.header.version).toBe(2);
    expect([...openParcels(later.after)].toSorted()).toEqual(['1-0', '1-1', '2-0', '2-1']);
  });

  test('nodes of different priority share no parcel', () => {
    const change = submitted([node('a'), node('b', [], { priority: 9 }), node('c')], 2);
    expect(published(change)).toEqual([
      [0, '1-0'],
      [1, '1-1'],
      [2, '1-0'],
    ]);
  });

  test('what the same commit claims is in no parcel and does not count', () => {
    expect(published(submitted(wide(3), 2, claim(0)))).toEqual([0, 1, 2].map((index) => [index, undefined]));
    const change = submitted(wide(4), 2, claim(0));
    expect(published(change).slice(1)).toEqual([
      [1, '1-0'],
      [2, '1-0'],
      [3, '1-1'],
    ]);
    expect(parcelOf(change.after, 0)).toBeUndefined();
  });

  test('what waits in a parcel is not handed out again, however often it is published', () => {
    const { after } = submitted(wide(3), 2);
    const draft = openDraft(after, submittedAt + 60_000);
    applyToDraft(draft, { kind: 'requeued', nodes: [0, 1, 2] });
    handOut(draft, 1);
    expect(published(closeDraft(draft))).toEqual([
      [0, '1-0'],
      [1, '1-0'],
      [2, '1-1'],
    ]);
  });
});

describe('a node in a parcel', () => {
  const { after: job } = submitted(wide(3), 2);

  test('keeps it through pause and resume, and is published with it', () => {
    const stopped = apply(job, paused).job;
    expect(parcelOf(stopped, 2)).toBe('1-1');
    const { job: again, effects } = apply(stopped, resumed);
    expect(parcelOf(again, 2)).toBe('1-1');
    expect(published({ effects })).toContainEqual([2, '1-1']);
  });

  test.each([
    ['handed back', { kind: 'released', node: 0, attempt: 1, begun: true } as const],
    ['lost', { kind: 'leaseLost', node: 0, attempt: 1, because: 'executorGone', chance: 0 } as const],
    ['failed', fail(0)],
  ])('leaves it when its attempt was %s: the next one goes by itself', (_, event) => {
    const { after } = submitted(wide(3, { retry: { strategy: 'immediate', maxAttempts: 3 } }), 2);
    const running = apply(after, { ...claim(0), parcel: '1-0' } as JobEvent).job;
    expect(parcelOf(running, 0)).toBe('1-0');
    const { job: again, effects } = apply(running, event);
    expect(nodeAt(again, 0)).toMatchObject({ state: 'ready', attempt: 1 });
    expect(parcelOf(again, 0)).toBeUndefined();
    expect(published({ effects })).toEqual([[0, undefined]]);
  });

  test('is claimed only by who names its parcel', () => {
    const refused = { kind: 'refused', because: 'nodeIsNotReady' };
    expect(because(job, claim(0))).toEqual(refused);
    expect(because(job, { ...claim(0), parcel: '1-1' } as JobEvent)).toEqual(refused);
    expect(because(job, { ...claim(0), parcel: '1-0' } as JobEvent)).toEqual({ kind: 'applied' });
    expect(because(jobOf(node('a')), { ...claim(0), parcel: '1-0' } as JobEvent)).toEqual(refused);
  });

  test('may be claimed in it although the job is paused meanwhile: nobody sees a pause there', () => {
    const stopped = apply(job, paused).job;
    expect(because(stopped, { ...claim(0), parcel: '1-0' } as JobEvent)).toEqual({ kind: 'applied' });
    const alone = apply(jobOf(node('a')), paused).job;
    expect(because(alone, claim(0))).toEqual({ kind: 'refused', because: 'jobIsPaused' });
  });
});

describe('the parcels of a job', () => {
  test('are open while a node of theirs is ready or runs', () => {
    const { after } = submitted(wide(3), 2);
    const { after: one } = folded(after, news('1-1', [2]));
    expect([...openParcels(one)]).toEqual(['1-0', '1-1']);
    const { after: two } = folded(one, news('1-1', [2], { events: [said(succeed(2), 200)] }));
    expect([...openParcels(two)]).toEqual(['1-0']);
  });

  test('are told which of their nodes wait, on whatever page, and for which attempt', () => {
    const { after } = submitted(wide(203), 201);
    expect(readyInParcel(after, '1-1')).toEqual([
      { node: 201, attempt: 1 },
      { node: 202, attempt: 1 },
    ]);
    const { after: claimed } = folded(after, news('1-1', [201, 202], { claims: [{ node: 201, attempt: 1 }] }));
    expect(readyInParcel(claimed, '1-1')).toEqual([]);
    expect(readyInParcel(claimed, '1-0')).toHaveLength(201);
    expect(readyInParcel(after, 'nobody')).toEqual([]);
  });
});

describe('folding', () => {
  const { after: job } = submitted([...wide(3), node('join', ['n0', 'n1', 'n2'])], 2);
  const first = news('1-0', [0, 1], { events: [said(succeed(1), 300), said(succeed(0), 500)] });
  const second = news('1-1', [2], { claimedAt: submittedAt + 150, events: [said(succeed(2), 900)] });

  test('brings in what was claimed and what came of it, each at its time', () => {
    const { after, audit } = folded(job, first, second);
    expect(nodeAt(after, 0)).toMatchObject({ startedAt: submittedAt + 100, endedAt: submittedAt + 500 });
    expect(nodeAt(after, 1)).toMatchObject({ startedAt: submittedAt + 100, endedAt: submittedAt + 300 });
    expect(nodeAt(after, 2)).toMatchObject({ startedAt: submittedAt + 150, endedAt: submittedAt + 900 });
    expect(nodeAt(after, 3)).toMatchObject({ state: 'ready', readyAt: submittedAt + 900 });
    expect(audit.filter(({ node: id }) => id === 'n0').map(({ event, at }) => [event, at - submittedAt])).toEqual([
      ['claimed', 100],
      ['succeeded', 500],
    ]);
  });

  test('is as if it had all happened in the order of the times, whatever parcel comes first', () => {
    const { after, audit } = folded(job, second, first);
    const times = audit.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(nodeAt(after, 3)).toMatchObject({ state: 'ready', readyAt: submittedAt + 900 });
  });

  test('leaves the time as it was for what follows in the same commit', () => {
    const draft = openDraft(job, submittedAt + 1_000);
    fold(draft, [first]);
    applyToDraft(draft, { kind: 'paused', by: 'ann' });
    expect(closeDraft(draft).after.header.paused).toEqual({ since: submittedAt + 1_000, by: 'ann' });
  });

  test('twice is as good as once', () => {
    const { after } = folded(job, first, second);
    const again = folded(after, first, second);
    expect(again.after).toBe(after);
    expect(again.effects).toEqual([]);
  });

  test('the same parcel with more in it brings in what is new', () => {
    const { after } = folded(job, { ...first, events: first.events.slice(0, 1) });
    expect([0, 1].map((index) => nodeAt(after, index).state)).toEqual(['running', 'succeeded']);
    const { audit } = folded(after, first);
    expect(audit.map(({ event, node: id }) => [event, id])).toEqual([['succeeded', 'n0']]);
  });

  test('a lease that was renewed in its parcel is renewed in the job', () => {
    const { after } = folded(job, news('1-0', [0, 1]));
    const { after: renewed, audit } = folded(after, news('1-0', [0, 1], { leaseUntil: submittedAt + 60_100 }));
    expect(nodeAt(renewed, 0)).toMatchObject({ state: 'running', leaseUntil: submittedAt + 60_100 });
    expect(audit).toEqual([]);
  });

  test('J2: what is said by anybody but the holder changes nothing', () => {
    const { after } = folded(job, news('1-0', [0, 1]));
    const other = { ...first, owner: 'engine-2', leaseUntil: submittedAt + 90_000 };
    expect(folded(after, other).after).toBe(after);
  });

  test('J2: what is said of a node that nobody claimed, or that is not there, changes nothing', () => {
    const unclaimed = news('1-1', [2], { claims: [{ node: 99, attempt: 1 }], events: [said(succeed(99), 200)] });
    expect(folded(job, { ...unclaimed, parcelId: 'unknown' }).after).toBe(job);
    expect(folded(job, { ...second, parcelId: 'unknown' }).after).toBe(job);
  });

  test('J2: what comes after the lease was lost changes nothing', () => {
    const { after } = folded(job, news('1-0', [0, 1]));
    const lost = apply(after, { kind: 'leaseLost', node: 0, attempt: 1, because: 'executorGone', chance: 0 }).job;
    const again = apply(lost, claim(0, 2)).job;
    expect(nodeAt(folded(again, first).after, 0)).toBe(nodeAt(again, 0));
    expect(nodeAt(folded(again, first).after, 1)).toMatchObject({ state: 'succeeded' });
  });

  test('a claim that a pause did not see is under way, and nothing new starts behind it', () => {
    const stopped = apply(job, paused).job;
    const { after } = folded(stopped, news('1-0', [0, 1]));
    expect(nodeAt(after, 0).state).toBe('running');
    const { after: ended, effects } = folded(stopped, first, second);
    expect(nodeAt(ended, 3).state).toBe('ready');
    expect(published({ effects })).toEqual([]);
  });

  test('nodes that claims left out are put into no parcel again, however many they are', () => {
    const { after } = submitted(wide(6), 2);
    const draft = openDraft(after, submittedAt + 1_000);
    fold(draft, [news('1-0', []), news('1-1', []), news('1-2', [4, 5])]);
    handOut(draft, 2);
    const change = closeDraft(draft);
    expect(published(change)).toEqual([0, 1, 2, 3].map((index) => [index, undefined]));
    expect([0, 1, 2, 3].map((index) => parcelOf(change.after, index))).toEqual(Array(4).fill(undefined));
  });

  test('a node that waits in a parcel is not postponed, since it may be claimed there', () => {
    const { after } = submitted(wide(3), 2);
    const until = submittedAt + 9_000;
    const event = { kind: 'postponed', node: 0, attempt: 1, target: 't', until, because: 'breakerOpen' } as const;
    expect(because(after, event)).toEqual({ kind: 'refused', because: 'nodeIsNotReady' });
  });

  test('a node that the claim left out leaves the parcel and is sent out by itself', () => {
    const { after, effects } = folded(job, news('1-0', [1]));
    expect(published({ effects })).toEqual([[0, undefined]]);
    expect(nodeAt(after, 0)).toMatchObject({ state: 'ready', requeueAt: submittedAt + 6_000 });
    expect(parcelOf(after, 0)).toBeUndefined();
    expect(because(after, claim(0))).toEqual({ kind: 'applied' });
  });

  test('while its job is paused such a node stays where it is, and is sent out after that', () => {
    const stopped = apply(job, paused).job;
    const { after, effects } = folded(stopped, news('1-0', [1]));
    expect([parcelOf(after, 0), published({ effects })]).toEqual(['1-0', []]);
    const goingOn = apply(after, resumed).job;
    expect(published(folded(goingOn, news('1-0', [1])))).toEqual([[0, undefined]]);
  });

  test('a node of a parcel that nobody has claimed yet stays in it', () => {
    const { after } = folded(job, second);
    expect([parcelOf(after, 0), parcelOf(after, 1)]).toEqual(['1-0', '1-0']);
  });
});
