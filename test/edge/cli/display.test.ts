import { describe, expect, test } from '@jest/globals';
import { frameOf, progressLine } from '../../../shared/edge/cli/frame.ts';
import { createLiveArea } from '../../../shared/edge/cli/live-area.ts';
import { noticesBetween } from '../../../shared/edge/cli/notices.ts';
import { fitted, inLines, paintOf } from '../../../shared/edge/cli/paint.ts';
import { showProgress } from '../../../shared/edge/cli/show-progress.ts';
import type { Job } from '../../../shared/jobs/index.ts';
import { aChange, aJob, succeeded } from '../../support/a-job.ts';
import { aStream } from './a-world.ts';

const past = { attempt: 1, failures: 1, leaseLosses: 0, readyAt: 1_000, startedAt: 1_000 };
const failure = { code: 'http_503', message: 'busy' };
const retrying = { ...past, state: 'retrying', retryAt: 2_000, lost: false, failure } as const;
const again = { ...past, state: 'running', attempt: 2, owner: 'me', leaseUntil: 9_000 } as const;

describe('the live display', () => {
  test('draws over its own lines and writes nothing above them again', () => {
    const stream = aStream(40);
    const area = createLiveArea(stream);
    area.draw(['one', 'two']);
    const before = stream.text().length;
    area.print(['said']);
    area.draw(['three']);
    const frame = stream.text().slice(before);
    expect(frame).toContain('\u001b[2A\r');
    expect(frame.indexOf('said')).toBeLessThan(frame.indexOf('three'));
    expect(frame).not.toContain('one');
  });

  test('gives the cursor back at its end', () => {
    const stream = aStream(40);
    const area = createLiveArea(stream);
    area.draw(['one']);
    area.clear();
    expect(stream.text().lastIndexOf('\u001b[?25h')).toBeGreaterThan(stream.text().lastIndexOf('\u001b[?25l'));
  });

  test('cuts a line to the width without counting its colours', () => {
    const paint = paintOf({ colour: true });
    expect(fitted(`${paint.good('abc')}def`, 6)).toBe(`${paint.good('abc')}def`);
    expect(fitted(`${paint.good('abc')}defg`, 6)).toBe(`${paint.good('abc')}de…`);
    expect(fitted(paint.good('abcdef'), 4)).toBe(`${paint.good('abc')}…`);
  });

  test('puts what does not fit into one line into as many as it needs', () => {
    const paint = paintOf({ colour: true });
    expect(inLines([paint.good('abc'), 'def', 'ghi', 'a longer one'], 8)).toEqual([
      `${paint.good('abc')}  def`,
      'ghi',
      'a longer one',
    ]);
    expect(inLines([], 8)).toEqual([]);
  });

  test('shows every count on a narrow terminal', () => {
    const states = { succeeded: 55, running: 7, waiting: 1, retrying: 1, failed: 1, skipped: 1, blocked: 13 };
    const header = { tally: { ...aJob().build().header.tally, ...states } };
    const frame = frameOf(aJob().withNodes(79).withHeader(header).build(), 0, 60, paintOf({ colour: false }));
    expect(frame.slice(3, 5)).toEqual([
      '✔ 55 succeeded  ● 7 running  ◌ 1 waiting  ↻ 1 retrying',
      '✖ 1 failed  – 1 skipped  · 13 to come',
    ]);
  });

  test('says `now` of a retry and of a delay whose moment has passed', () => {
    const waiting = { ...past, state: 'waiting', on: { kind: 'time', until: 2_000 } } as const;
    const job = aChange(aJob().withNodes(2).build(), { nodes: { 0: retrying, 1: waiting } }).after;
    const linesAt = (now: number) => frameOf(job, now, 80, paintOf({ colour: false })).slice(-2);
    expect(linesAt(1_500)).toEqual([
      expect.stringMatching(/attempt 2 in 500 ms/),
      expect.stringMatching(/goes on in 500 ms/),
    ]);
    expect(linesAt(2_100)).toEqual([expect.stringMatching(/attempt 2 now/), expect.stringMatching(/goes on now/)]);
  });

  test('without colours there are no escapes', () => {
    expect(paintOf({ colour: false }).bad('x')).toBe('x');
  });
});

describe('notices', () => {
  const job = aJob().withNode('pay').build();

  test('a failed attempt is told once, with its reason and its next time', () => {
    const after = aChange(job, { nodes: { 0: retrying } }).after;
    expect(noticesBetween(job, after, 1_500)).toEqual([
      { tone: 'again', text: 'pay: attempt 1 failed, again in 500 ms: busy' },
    ]);
    expect(noticesBetween(after, after, 1_500)).toEqual([]);
    expect(noticesBetween(after, structuredClone(after) as Job, 1_500)).toEqual([]);
  });

  test('a node that a guard of its target keeps waiting has not failed again, nor when it was never tried', () => {
    const before = aChange(job, { nodes: { 0: retrying } }).after;
    const longer = aChange(job, { nodes: { 0: { ...retrying, retryAt: 4_000 } } }).after;
    const text = 'pay is kept waiting, its target is spared: again in 2.50 s';
    expect(noticesBetween(before, longer, 1_500)).toEqual([{ tone: 'wait', text }]);
    const untried = { ...retrying, attempt: 0, failures: 0, retryAt: 4_000 };
    const first = aChange(job, { nodes: { 0: untried } }).after;
    expect(noticesBetween(job, first, 1_500)).toEqual([{ tone: 'wait', text }]);
  });

  test('an attempt whose next time has come before it was told of is made again now', () => {
    const after = aChange(job, { nodes: { 0: retrying } }).after;
    for (const now of [2_000, 2_400])
      expect(noticesBetween(job, after, now).map(({ text }) => text)).toEqual([
        'pay: attempt 1 failed, again now: busy',
      ]);
  });

  test('a retry between two looks is told all the same', () => {
    const after = aChange(job, { nodes: { 0: again } }).after;
    expect(noticesBetween(job, after, 0)).toEqual([{ tone: 'again', text: 'pay: attempt 1 failed and is made again' }]);
  });

  test('what simply succeeds is told by the figures alone', () => {
    expect(noticesBetween(job, aChange(job, { nodes: { 0: succeeded() } }).after, 0)).toEqual([]);
  });
});

describe('what is left', () => {
  const spec = (expected: readonly (number | undefined)[]): Job['spec'] => ({
    name: 'order',
    nodes: expected.map((ms, index) => ({
      id: `n${index}`,
      type: 'function',
      handler: 'noop',
      ...(ms !== undefined && { expected: ms }),
    })),
  });
  const left = (...expected: readonly (number | undefined)[]) =>
    progressLine({ ...aJob().withNodes(expected.length).build(), spec: spec(expected) }, 0);

  test('is told about where every node is known, and at least where one is not', () => {
    expect(left(2_000, 3_000)).toContain('about 3.00 s left');
    expect(left(2_000, undefined)).toContain('at least 2.00 s left');
  });

  test('is not told where nothing is known', () => {
    expect(left(undefined)).not.toContain('left');
  });
});

describe('progress without a terminal', () => {
  test('plain lines: one at first and one at the end, and no escapes', async () => {
    const stream = aStream();
    const before = aChange(aJob().withNode('a').build(), { header: { state: 'running', startedAt: 1_000 } }).after;
    const after = aChange(before, { nodes: { 0: succeeded() }, header: { state: 'completed', endedAt: 1_200 } }).after;
    const looks = [before, before, after];
    const clock = { now: () => 1_100, sleep: async () => {} };
    await showProgress(stream, clock, async () => looks.shift(), new AbortController().signal);
    const lines = stream.text().trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('(100 %)');
    expect(stream.text()).not.toContain('\u001b');
  });
});
