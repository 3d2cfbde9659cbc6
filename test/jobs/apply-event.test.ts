import { describe, expect, test } from '@jest/globals';
import {
  applyToDraft,
  applyToJob,
  childSpecOf,
  closeDraft,
  dueEvents,
  indexOfNode,
  inputAt,
  type Job,
  type JobEvent,
  type JobSpec,
  jobResult,
  limits,
  newJob,
  nodeAt,
  nodeCount,
  nodeIdAt,
  openDraft,
  replayAudit,
  resultOf,
  scopeAt,
  statesOf,
  transitions,
} from '../../shared/jobs/index.ts';
import type { Failure } from '../../shared/policy/retry/index.ts';
import { claim, fail, jobFrom, jobOf, node, play, type Story, submittedAt, succeed } from './a-story.ts';
import { randomWalk } from './random-walk.ts';

const never = { strategy: 'immediate', maxAttempts: 1 };
const fixed = { strategy: 'fixed', delay: 1_000, maxAttempts: 3 };
const states = (job: Job) => Array.from({ length: nodeCount(job) }, (_, index) => nodeAt(job, index).state);
const apply = (job: Job, event: JobEvent, at = 0) => applyToJob(job, event, submittedAt + at);
const lose = (index: number, attempt = 1): JobEvent => ({
  kind: 'leaseLost',
  node: index,
  attempt,
  because: 'executorGone',
  chance: 0.5,
});

describe('applyToJob is pure', () => {
  test('what it is given stays as it was, over 300 random walks', () => {
    for (let seed = 0; seed < 300; seed++) {
      randomWalk(seed, (before, event, now, { job, effects, because }) => {
        const again = applyToJob(deepFreeze(structuredClone(before)), deepFreeze(event), now);
        expect(again).toEqual({ job, effects, because });
      });
    }
  });

  test('a refused or repeated event gives the very job back', () => {
    const job = play(jobOf(node('a')), [[0, claim(0)]]);
    expect(apply(job, { kind: 'resumed', by: 'me' }).job).toBe(job);
    expect(apply(job, claim(0))).toEqual({ job, effects: [], because: { kind: 'repeated' } });
  });

  test('a batch of events comes to the same as one after the other, but for the version and the one seal', () => {
    const job = play(jobOf(node('a'), node('b'), node('c', ['a', 'b'])), [
      [0, claim(0)],
      [0, claim(1)],
    ]);
    const draft = openDraft(job, submittedAt + 5);
    for (const event of [succeed(0), succeed(1)]) applyToDraft(draft, event);
    const { after, audit } = closeDraft(draft);
    const single = play(job, [
      [5, succeed(0)],
      [5, succeed(1)],
    ]);
    expect(after.pages).toEqual(single.pages);
    expect({ ...after.header, version: 0, seal: '' }).toEqual({ ...single.header, version: 0, seal: '' });
    expect(after.header.version).toBe(job.header.version + 1);
    expect(audit.length).toBe(single.header.auditCount - job.header.auditCount);
  });
});

describe('invariants over random walks', () => {
  test('J1: a job moves along the table, and once it is final only a new run changes it', () => {
    walkAll((before, _, { job }) => {
      const [from, to] = [before.header.state, job.header.state];
      if (from !== to) expect(transitions[from]).toContain(to);
      if (job.header.endedAt === undefined) return;
      for (const event of [{ kind: 'checked' }, { kind: 'resumed', by: 'me' }, succeed(0)] as const)
        expect(applyToJob(job, event, submittedAt * 2).job).toBe(job);
    });
  });

  test('J4: every job that is not final has a next check, and what is due then moves it on', () => {
    walkAll((_, now, { job }) => {
      const { nextCheckAt, endedAt } = job.header;
      expect(nextCheckAt === undefined).toBe(endedAt !== undefined);
      if (nextCheckAt === undefined) return;
      const later = Math.max(now, nextCheckAt);
      const verdicts = dueEvents(job, later, () => 0.5).map((event) => applyToJob(job, event, later).because.kind);
      expect(verdicts).toContain('applied');
    });
  });

  test('J5: replaying the audit gives the states', () => {
    for (let seed = 0; seed < 400; seed++) {
      let told: Parameters<typeof replayAudit>[1][number][] = [];
      randomWalk(seed, (before, event, now, { job }) => {
        const draft = openDraft(before, now);
        applyToDraft(draft, event);
        told = [...told, ...closeDraft(draft).audit];
        const ids = job.spec.nodes.map(({ id }) => id);
        expect(replayAudit(ids, told)).toEqual(statesOf(job));
      });
    }
  });
});

describe('attempts', () => {
  test('J2: an outcome of an earlier attempt changes nothing', () => {
    const job = play(jobOf(node('a', [], { retry: { strategy: 'immediate' } })), [
      [0, claim(0)],
      [1, lose(0)],
      [2, claim(0, 2)],
    ]);
    const stale: JobEvent[] = [
      succeed(0, 'late', 1),
      fail(0, 1),
      lose(0, 1),
      { kind: 'accepted', node: 0, attempt: 1 },
      { kind: 'heartbeat', node: 0, attempt: 1, leaseUntil: Infinity },
      { kind: 'released', node: 0, attempt: 1, begun: true },
      { kind: 'timedOut', node: 0, attempt: 1, limit: 'timeout', chance: 0 },
    ];
    for (const event of stale) {
      const { job: after, because } = apply(job, event, 3);
      expect(because).toEqual({ kind: 'refused', because: 'staleAttempt' });
      expect(after).toBe(job);
    }
  });

  test('J2: what an ended attempt says again is a repetition', () => {
    const job = play(jobOf(node('a')), [
      [0, claim(0)],
      [1, succeed(0, 'first')],
    ]);
    expect(apply(job, succeed(0, 'second'), 2).because).toEqual({ kind: 'refused', because: 'jobIsFinal' });
    const open = play(jobOf(node('a'), node('b')), [
      [0, claim(0)],
      [1, succeed(0, 'first')],
    ]);
    expect(apply(open, succeed(0, 'second'), 2)).toEqual({ job: open, effects: [], because: { kind: 'repeated' } });
  });

  test('J7: a lost lease is a failed attempt, counted apart, and its node is ready again without a wait', () => {
    const job = play(jobOf(node('a', [], { retry: fixed })), [
      [0, claim(0)],
      [1, lose(0)],
    ]);
    expect(nodeAt(job, 0)).toMatchObject({ state: 'ready', attempt: 1, failures: 0, leaseLosses: 1, lost: true });
    expect(job.header.state).toBe('recovering');
  });

  test.each([
    ['at once where one execution is the most', { maxAttempts: 1 }, 0],
    ['after as many losses as the policy takes', { maxAttempts: 5, maxLeaseLosses: 2 }, 2],
  ])('J7: a node that loses its leases is given up %s', (_, retry, losses) => {
    const story = Array.from(
      { length: losses + 1 },
      (_, at): Story => [
        [at, claim(0, at + 1)],
        [at, lose(0, at + 1)],
      ],
    );
    const job = play(jobOf(node('a', [], { retry })), story.flat());
    expect(nodeAt(job, 0)).toMatchObject({ state: 'failed', leaseLosses: losses + 1, failure: { code: 'lease_lost' } });
    expect(job.header.state).toBe('failed');
  });

  test.each(['lease_lost', 'dead_letter'])(
    'J7: a target that calls its failure %s has failed by itself all the same',
    (code) => {
      const failure = { code, message: 'says the target' };
      const job = play(jobOf(node('a', [], { retry: { maxAttempts: 1 } })), [
        [0, claim(0)],
        [1, { kind: 'failed', node: 0, attempt: 1, failure, chance: 0.5 }],
      ]);
      expect(nodeAt(job, 0)).toMatchObject({ state: 'failed', failures: 1, leaseLosses: 0 });
    },
  );

  test('J7: a lease that has not run out is not lost by time', () => {
    const job = play(jobOf(node('a')), [[0, claim(0)]]);
    const event: JobEvent = { kind: 'leaseLost', node: 0, attempt: 1, because: 'leaseExpired', chance: 0 };
    expect(apply(job, event, 999_999).because).toEqual({ kind: 'refused', because: 'notDue' });
    expect(apply(job, event, 1_000_000).because.kind).toBe('applied');
  });

  test('a failed attempt waits for its retry, and the last one fails its node', () => {
    const job = play(jobOf(node('a', [], { retry: { ...fixed, maxAttempts: 2 } })), [
      [0, claim(0)],
      [10, fail(0)],
    ]);
    expect(nodeAt(job, 0)).toMatchObject({ state: 'retrying', retryAt: submittedAt + 1_010, failures: 1 });
    expect(apply(job, { kind: 'retryDue', node: 0, attempt: 1 }, 1_009).because.kind).toBe('refused');
    const ended = play(job, [
      [1_010, { kind: 'retryDue', node: 0, attempt: 1 }],
      [1_010, claim(0, 2)],
      [1_020, fail(0, 2)],
    ]);
    expect(states(ended)).toEqual(['failed']);
    expect(ended.header.failure?.message).toContain('after 2 attempts');
  });

  test.each<[string, object]>([
    ['failed', { kind: 'failed', failure: { code: 'no', message: 'no' }, chance: 0 }],
    ['succeeded', { kind: 'succeeded', result: 1, resultBytes: 1 }],
  ])('what the outside calls back as %s stops the call that still runs', (_, told) => {
    const job = play(jobOf(node('a'), node('b')), [[0, claim(0)]]);
    const event = { ...told, node: 0, attempt: 1 } as JobEvent;
    const abort = { kind: 'abort', node: 0, attempt: 1 };
    expect(apply(job, { ...event, by: 'callback' } as JobEvent).effects).toContainEqual(abort);
    expect(apply(job, event).effects).not.toContainEqual(abort);
    const waits = play(job, [[0, { kind: 'accepted', node: 0, attempt: 1 }]]);
    expect(apply(waits, { ...event, by: 'callback' } as JobEvent).effects).not.toContainEqual(abort);
  });

  test('a failure is kept short, whatever it is made of', () => {
    const failing = (failure: object) =>
      nodeAt(
        play(jobOf(node('a', [], { retry: never }), node('b')), [
          [0, claim(0)],
          [0, { kind: 'failed', node: 0, attempt: 1, failure: failure as Failure, chance: 0 }],
        ]),
        0,
      );
    const details = (bytes: number) => 'x'.repeat(bytes - 2);
    const most = limits.failureDetailsBytes;
    expect(failing({ code: 'c'.repeat(300), message: 'm', details: details(most) })).toMatchObject({
      failure: { code: 'c'.repeat(limits.failureCodeChars), message: 'm', details: details(most) },
    });
    expect(failing({ code: 'c', message: 'm', details: details(most + 1) })).toHaveProperty('failure', {
      code: 'c',
      message: 'm',
    });
    for (const message of [{ a: 1 }, undefined, Object.create(null), 7]) {
      expect(failing({ code: 'c', message })).toMatchObject({ failure: { code: 'c', message: expect.any(String) } });
    }
  });

  test('a retry without delay is never at no time at all', () => {
    const retry = { strategy: 'exponential', delay: 0, factor: 1_000, maxAttempts: 1_000 };
    let job = jobOf(node('a', [], { retry }));
    for (let attempt = 1; attempt <= 150; attempt++) {
      job = play(job, [
        [attempt, claim(0, attempt)],
        [attempt, fail(0, attempt)],
      ]);
      expect(job.header.nextCheckAt).toBeGreaterThan(0);
    }
  });

  test('a claim of a paused job, of a later attempt or of a node that runs is refused', () => {
    const job = jobOf(node('a'));
    expect(apply(job, claim(0, 2)).because).toEqual({ kind: 'refused', because: 'staleAttempt' });
    expect(apply(play(job, [[0, { kind: 'paused', by: 'me' }]]), claim(0)).because.kind).toBe('refused');
    const other = { ...claim(0), owner: 'engine-2' } as JobEvent;
    expect(apply(play(job, [[0, claim(0)]]), other).because).toEqual({ kind: 'refused', because: 'nodeIsNotReady' });
  });

  test.each([
    ['timeout', { timeout: 500, retry: never }, 500, 'timeout'],
    ['totalTimeout', { totalTimeout: 700, retry: fixed }, 700, 'total_timeout'],
  ] as const)('a node that has not ended by its %s fails', (limit, more, at, code) => {
    const job = play(jobOf(node('a', [], more)), [[0, claim(0)]]);
    const event: JobEvent = { kind: 'timedOut', node: 0, attempt: 1, limit, chance: 0 };
    expect(apply(job, event, at - 1).because).toEqual({ kind: 'refused', because: 'notDue' });
    const { job: after, effects } = apply(job, event, at);
    expect(nodeAt(after, 0)).toMatchObject({ state: 'failed', failure: { code } });
    expect(effects).toContainEqual({ kind: 'abort', node: 0, attempt: 1 });
  });

  test('results that are too large together fail their node and are not kept', () => {
    const most = limits.resultBytesPerJob / limits.resultBytes;
    const full = (index: number) => ({ ...succeed(index), resultBytes: limits.resultBytes }) as JobEvent;
    const job = Array.from({ length: most + 1 }, (_, index) => index).reduce(
      (before, index) =>
        play(before, [
          [0, claim(index)],
          [0, full(index)],
        ]),
      jobOf(...Array.from({ length: most + 1 }, (_, index) => node(`n${index}`))),
    );
    expect(states(job)).toEqual([...Array.from({ length: most }, () => 'succeeded'), 'failed']);
    expect(nodeAt(job, most)).toMatchObject({ failure: { code: 'results_too_large' } });
    expect(job.header.resultBytes).toBe(limits.resultBytesPerJob);
  });

  test('a result that is too large by itself fails its node and is not kept', () => {
    const job = play(jobOf(node('a')), [[0, claim(0)]]);
    const { job: after } = apply(job, { ...succeed(0), resultBytes: limits.resultBytes + 1 } as JobEvent);
    expect(nodeAt(after, 0)).toMatchObject({ state: 'failed', failure: { code: 'result_too_large' } });
    expect(after.header.resultBytes).toBe(0);
  });
});

describe('J3: a node starts only when its join rule accepts how its dependencies ended', () => {
  test.each([
    ['all_succeeded', ['succeeded', 'succeeded'], 'ready'],
    ['all_succeeded', ['succeeded', 'failed'], 'skipped'],
    ['all_succeeded', ['failed'], 'skipped'],
    ['all_succeeded', ['succeeded'], 'blocked'],
    ['all_settled', ['failed'], 'blocked'],
    ['all_settled', ['failed', 'failed'], 'ready'],
    ['any_succeeded', ['succeeded'], 'ready'],
    ['any_succeeded', ['failed'], 'blocked'],
    ['any_succeeded', ['failed', 'succeeded'], 'ready'],
    ['any_succeeded', ['failed', 'failed'], 'skipped'],
  ])('%s of two after %j is %s', (join, endings, due) => {
    const retry = never;
    const job = jobOf(node('a', [], { retry }), node('b', [], { retry }), node('c', ['a', 'b'], { join }), node('d'));
    const story = endings.flatMap(
      (ending, index): Story => [
        [0, claim(index)],
        [1, ending === 'failed' ? fail(index) : succeed(index)],
      ],
    );
    expect(states(play(job, story))[2]).toBe(due);
  });

  test('skipping goes on along a chain, however long', () => {
    const chain = Array.from({ length: 5_000 }, (_, at) =>
      node(`n${at}`, at > 0 ? [`n${at - 1}`] : [], { retry: never }),
    );
    const job = play(jobOf(...chain), [
      [0, claim(0)],
      [1, fail(0)],
    ]);
    expect(job.header.tally).toMatchObject({ failed: 1, skipped: 4_999 });
    expect(job.header.state).toBe('failed');
  });

  test('a failure that somebody has taken the place of does not fail the job', () => {
    const job = play(jobOf(node('a', [], { retry: never }), node('b', ['a'], { join: 'all_settled' })), [
      [0, claim(0)],
      [1, fail(0)],
      [2, claim(1)],
      [3, succeed(1)],
    ]);
    expect(job.header.state).toBe('completed');
  });
});

describe('pause and resume', () => {
  const paused = play(jobOf(node('a'), node('b', ['a'])), [
    [0, claim(0)],
    [1, { kind: 'paused', by: 'me' }],
    [2, succeed(0)],
  ]);

  test('what runs ends, nothing new starts', () => {
    expect(paused.header.state).toBe('paused');
    expect(states(paused)).toEqual(['succeeded', 'ready']);
    expect(dueEvents(paused, submittedAt + 60_000, () => 0)).toEqual([]);
  });

  test('resuming publishes what is ready', () => {
    const { job, effects } = apply(paused, { kind: 'resumed', by: 'me' }, 10);
    expect(effects).toEqual([{ kind: 'enqueue', node: 1, attempt: 1, priority: 5 }]);
    expect(job.header.state).toBe('queued');
  });
});

describe('signals', () => {
  const signal = (id: string, data = id): JobEvent => ({ kind: 'signalled', id, name: 'go', data, by: 'me' });
  const waiting = jobOf({ id: 'one', type: 'signal', signal: 'go' }, { id: 'two', type: 'signal', signal: 'go' });

  test('each lets one node go on, in the order of the spec', () => {
    const job = play(waiting, [[0, signal('a')]]);
    expect(states(job)).toEqual(['succeeded', 'waiting']);
    expect(nodeAt(job, 0)).toMatchObject({ result: 'a' });
  });

  test('one that comes early is kept for the node that will wait', () => {
    const job = play(jobOf(node('a'), { id: 'b', type: 'signal', signal: 'go', dependsOn: ['a'] }), [
      [0, signal('early')],
      [1, claim(0)],
      [2, succeed(0)],
    ]);
    expect(job.header.state).toBe('completed');
    expect(nodeAt(job, 1)).toMatchObject({ result: 'early' });
  });

  test('J9: the same one again is a repetition', () => {
    const job = play(waiting, [[0, signal('a')]]);
    expect(apply(job, signal('a')).because.kind).toBe('repeated');
  });

  const early = jobOf(
    node('a'),
    { id: 'b', type: 'signal', signal: 'go', dependsOn: ['a'] },
    { id: 'now', type: 'signal' },
  );
  const keepAll = (job: Job) =>
    play(
      job,
      Array.from({ length: limits.signalsKept }, (_, at) => [0, signal(`s${at}`)] as const),
    );

  test('more than are kept are refused', () => {
    expect(apply(keepAll(early), signal('more')).because).toEqual({ kind: 'refused', because: 'tooManySignals' });
  });

  test('however many are kept, one that a node waits for gets through', () => {
    const event: JobEvent = { kind: 'signalled', id: 'last', name: 'now', data: 7, by: 'me' };
    const { job, because } = apply(keepAll(early), event);
    expect(because.kind).toBe('applied');
    expect(nodeAt(job, 2)).toMatchObject({ state: 'succeeded', result: 7 });
    expect(job.header.inbox.length).toBe(limits.signalsKept);
  });

  test('the data of those that are kept has a limit together', () => {
    const half = 'x'.repeat(limits.signalBytesKept / 2 - 2);
    const job = play(early, [
      [0, signal('one', half)],
      [0, signal('two', half)],
    ]);
    expect(apply(job, signal('more', '')).because).toEqual({ kind: 'refused', because: 'tooManySignals' });
  });

  test('a name that no node waits for is refused', () => {
    const event: JobEvent = { kind: 'signalled', id: 'typo', name: 'og', data: null, by: 'me' };
    expect(apply(waiting, event).because).toEqual({ kind: 'refused', because: 'unknownSignal' });
  });

  test('J9: one that was taken is known again, however many followed it', () => {
    const many = jobOf(...Array.from({ length: 150 }, (_, at) => ({ id: `n${at}`, type: 'signal', signal: 'go' })));
    const job = play(
      many,
      Array.from({ length: 149 }, (_, at) => [0, signal(`s${at}`)] as const),
    );
    expect(apply(job, signal('s0')).because.kind).toBe('repeated');
  });

  test('their data counts as a result, whether it waited or was waited for', () => {
    expect(play(waiting, [[0, signal('a', 'four')]]).header.resultBytes).toBe(6);
    const story: Story = [
      [0, signal('kept', 'four')],
      [1, claim(0)],
      [2, succeed(0)],
    ];
    expect(play(early, story).header.resultBytes).toBe(10);
    const { job } = apply(waiting, signal('big', 'x'.repeat(limits.resultBytes)));
    expect(nodeAt(job, 0)).toMatchObject({ state: 'failed', failure: { code: 'result_too_large' } });
  });
});

describe('maps', () => {
  const mapOver = (over: unknown, more: object = {}) =>
    jobFrom({
      name: 'map',
      input: { rows: over },
      nodes: [
        {
          id: 'each',
          type: 'map',
          over: '${job.input.rows}',
          node: { type: 'function', handler: 'noop', retry: never },
          ...more,
        },
      ],
    });

  test('the list stays as the map found it, whatever settles while its items run, and after a reload', () => {
    const document = {
      name: 'pinned',
      nodes: [
        node('fast'),
        node('slow'),
        {
          id: 'each',
          type: 'map',
          over: ['${nodes.slow.result[0] ?? 1}', '${nodes.slow.state}', '${nodes.fast.result}'],
          dependsOn: ['fast', 'slow'],
          join: 'any_succeeded',
          node: { type: 'function', handler: 'noop', input: '${item}' },
        },
      ],
    };
    const story: Story = [
      [0, claim(0)],
      [0, claim(1)],
      [1, succeed(0, 'f')],
      [2, succeed(1, ['other'])],
    ];
    const job = play(jobFrom(document), story);
    const inputs = (of: Job) => [3, 4, 5].map((index) => inputAt(of, index));
    const pinned = [1, 'running', 'f'].map((value) => ({ kind: 'filled', value }));
    expect(inputs(job)).toEqual(pinned);
    expect(inputs(structuredClone(job))).toEqual(pinned);
  });

  test('list and result are made once, not for each item that looks at them', () => {
    const document = {
      name: 'once',
      input: { a: 1 },
      nodes: [{ id: 'each', type: 'map', over: [{ of: ['${job.input.a}'] }], node: { type: 'delay', delay: 0 } }],
    };
    const job = play(jobFrom(document), [[0, { kind: 'delayDue', node: 1, attempt: 1 }]]);
    expect(scopeAt(job, 1).item!.value).toBe(scopeAt(job, 1).item!.value);
    expect(resultOf(job, 0)).toEqual([null]);
    expect(resultOf(job, 0)).toBe(resultOf(job, 0));
  });

  test('items are found among many maps', () => {
    const lists = [[1, 2], [], [3], [4, 5, 6], [7]];
    const nodes = lists.map((over, at) => ({ id: `m${at}`, type: 'map', over, node: { type: 'delay', delay: 1 } }));
    const job = jobOf(...nodes);
    const ids = ['m0[0]', 'm0[1]', 'm2[0]', 'm3[0]', 'm3[1]', 'm3[2]', 'm4[0]'];
    expect(ids.map((_, at) => nodeIdAt(job, 5 + at))).toEqual(ids);
    expect(ids.map((id) => indexOfNode(job, id))).toEqual(ids.map((_, at) => 5 + at));
    expect(['m1[0]', 'm3[3]', 'm9[0]'].map((id) => indexOfNode(job, id))).toEqual([undefined, undefined, undefined]);
  });

  test('an item for each entry, as many at once as it says, and its result is theirs', () => {
    const job = mapOver([1, 2, 3], { concurrency: 2 });
    expect(states(job)).toEqual(['waiting', 'ready', 'ready', 'blocked']);
    const later = play(job, [
      [0, claim(1)],
      [1, succeed(1, 'x')],
    ]);
    expect(states(later)).toEqual(['waiting', 'succeeded', 'ready', 'ready']);
  });

  test('an empty list succeeds at once, what is no list fails', () => {
    expect(mapOver([]).header.state).toBe('completed');
    expect(nodeAt(mapOver('none'), 0)).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'bad_list' } });
  });

  test('J5: what fails as it starts is told with its attempt', () => {
    const birth = newJob({ id: 'job-1', spec: mapOver('none').spec }, submittedAt);
    const draft = openDraft(birth, submittedAt);
    applyToDraft(draft, { kind: 'submitted' });
    const { after, audit } = closeDraft(draft);
    expect(replayAudit(['each'], audit)).toEqual(statesOf(after));
  });

  test('a map that runs out of time takes its items with it', () => {
    const job = play(mapOver([1, 2], { timeout: 100 }), [[0, claim(1)]]);
    const { job: after, effects } = apply(
      job,
      { kind: 'timedOut', node: 0, attempt: 1, limit: 'timeout', chance: 0 },
      100,
    );
    expect(states(after)).toEqual(['failed', 'cancelled', 'cancelled']);
    expect(effects).toContainEqual({ kind: 'abort', node: 1, attempt: 1 });
  });

  test('nodes are published again only where they are', () => {
    expect(apply(jobOf(node('a')), { kind: 'requeued', nodes: [0, 7] }, 5_000).because.kind).toBe('applied');
  });
});

describe('child jobs', () => {
  const parent = jobOf({ id: 'sub', type: 'job', job: { name: 'child', nodes: [node('a')] } });
  const ended = (state: 'completed' | 'failed' | 'aborted'): JobEvent => ({
    kind: 'childEnded',
    node: 0,
    attempt: 1,
    state,
    result: 'of the child',
    resultBytes: 14,
    chance: 0,
  });

  test('the id follows from the parent, so that starting it twice starts one', () => {
    expect(nodeAt(parent, 0)).toMatchObject({ state: 'waiting', on: { kind: 'child', jobId: 'job-1.0.1' } });
  });

  test('its end is the end of its node', () => {
    expect(nodeAt(apply(parent, ended('completed')).job, 0)).toMatchObject({
      state: 'succeeded',
      result: 'of the child',
    });
    expect(nodeAt(apply(parent, ended('aborted')).job, 0)).toMatchObject({ failure: { code: 'child_aborted' } });
  });

  test('a cancelled parent cancels it', () => {
    const { effects } = apply(parent, { kind: 'cancelled', by: 'me' });
    expect(effects).toContainEqual({ kind: 'cancelChild', childId: 'job-1.0.1' });
  });
});

describe('J4: time brings about', () => {
  const due = (job: Job, at: number) => dueEvents(job, submittedAt + at, () => 0.5).map(({ kind }) => kind);

  test('the start, the deadline, the end of a lease, of a delay and of a wait', () => {
    const later = jobFrom({ name: 'later', startAt: submittedAt + 500, nodes: [node('a')] });
    expect(due(later, 499)).toEqual([]);
    expect(due(later, 500)).toEqual(['started']);
    expect(due(jobFrom({ name: 'dead', timeout: 300, nodes: [node('a')] }), 300)).toEqual(['deadlinePassed']);
    expect(due(play(jobOf(node('a')), [[0, claim(0)]]), 1_000_000)).toEqual(['leaseLost']);
    expect(due(jobOf({ id: 'a', type: 'delay', delay: 90 }), 90)).toEqual(['delayDue']);
    expect(due(jobOf({ id: 'a', type: 'signal', timeout: 80 }), 80)).toEqual(['timedOut']);
  });

  test('the second publishing of what is ready for long, and then ever more rarely', () => {
    const job = jobOf(node('a'));
    expect(due(job, 5_000)).toEqual(['requeued']);
    const again = play(job, [[5_000, { kind: 'requeued', nodes: [0] }]]);
    expect(due(again, 14_999)).toEqual([]);
    expect(due(again, 15_000)).toEqual(['requeued']);
  });

  test('publishing again is told once for each wait', () => {
    const requeued: JobEvent = { kind: 'requeued', nodes: [0] };
    const lines = (job: Job, at: number) => apply(job, requeued, at).job.header.auditCount - job.header.auditCount;
    const job = jobOf(node('a'));
    expect(lines(job, 5_000)).toBe(1);
    const again = play(job, [[5_000, requeued]]);
    expect(lines(again, 15_000)).toBe(0);
    const released = play(again, [
      [15_000, claim(0)],
      [15_001, { kind: 'released', node: 0, attempt: 1, begun: true }],
    ]);
    expect(lines(released, 20_001)).toBe(1);
  });

  test('a look at least once an hour, whatever it waits for', () => {
    const job = jobOf({ id: 'a', type: 'signal' });
    expect(due(job, 3_600_000)).toEqual(['checked']);
    expect(play(job, [[3_600_000, { kind: 'checked' }]]).header.nextCheckAt).toBe(submittedAt + 7_200_000);
  });
});

describe('the output of a job', () => {
  const withOutput = (output: unknown) =>
    play(jobFrom({ name: 'out', output, nodes: [node('a')] }), [
      [0, claim(0)],
      [0, succeed(0, ['x'.repeat(limits.resultBytes / 2)])],
    ]);

  test('is its result', () => {
    expect(jobResult(withOutput({ is: '${nodes.a.result[0] ?? 0}' }))).toMatchObject({ is: expect.any(String) });
  });

  test.each([
    ['refers to what is not there', '${nodes.a.result.x}', 'output_unresolved', 'nodes.a.result.x'],
    [
      'is too large',
      Array.from({ length: 600 }, () => '${nodes.a.result}'),
      'output_too_large',
      String(limits.resultBytes),
    ],
  ])('that %s fails it', (_, output, code, named) => {
    const { state, failure } = withOutput(output).header;
    expect({ state, failure }).toEqual({ state: 'failed', failure: { code, message: expect.stringContaining(named) } });
  });
});

describe('what a child job is made of', () => {
  const child = (more: object, own: object = {}) => ({
    id: 'sub',
    type: 'job',
    job: { name: 'child', nodes: [node('c')], ...own },
    ...more,
  });
  const priority = (job: Job) => (childSpecOf(job, 0) as { spec: JobSpec }).spec.priority;

  test('it is as urgent as its node, unless it says so itself', () => {
    expect(priority(jobFrom({ name: 'p', priority: 7, nodes: [child({})] }))).toBe(7);
    expect(priority(jobFrom({ name: 'p', priority: 7, nodes: [child({ priority: 8 })] }))).toBe(8);
    expect(priority(jobFrom({ name: 'p', priority: 7, nodes: [child({ priority: 8 }, { priority: 1 })] }))).toBe(1);
  });

  test('its input is filled in, or there is none and why', () => {
    const parent = (input: unknown) => jobFrom({ name: 'p', input: { a: 1 }, nodes: [child({ input })] });
    expect(childSpecOf(parent('${job.input.a}'), 0)).toMatchObject({ kind: 'spec', spec: { name: 'child', input: 1 } });
    expect(childSpecOf(parent('${job.input.b}'), 0)).toMatchObject({
      kind: 'failed',
      failure: { code: 'input_unresolved', retryable: false },
    });
    expect(childSpecOf(parent('x'.repeat(limits.resultBytes)), 0)).toMatchObject({
      kind: 'failed',
      failure: { code: 'input_too_large' },
    });
  });
});

function walkAll(look: (before: Job, now: number, applied: ReturnType<typeof applyToJob>) => void): void {
  for (let seed = 0; seed < 400; seed++) randomWalk(seed, (before, _, now, applied) => look(before, now, applied));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) deepFreeze(each);
  }
  return value;
}
