import { describe, expect, test } from '@jest/globals';
import { createLiveArea } from '../../../shared/edge/cli/live-area.ts';
import { noticesBetween } from '../../../shared/edge/cli/notices.ts';
import { fitted, paintOf } from '../../../shared/edge/cli/paint.ts';
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

  test('without colours there are no escapes', () => {
    expect(paintOf({ colour: false }).bad('x')).toBe('x');
  });
});

describe('notices', () => {
  const job = aJob().withNode('pay').build();

  test('a failed attempt is told once, with its reason and its next time', () => {
    const after = aChange(job, { nodes: { 0: retrying } }).after;
    expect(noticesBetween(job, after, 1_500)).toEqual([
      { tone: 'again', text: 'pay: attempt 1 failed (busy), again in 500 ms' },
    ]);
    expect(noticesBetween(after, after, 1_500)).toEqual([]);
    expect(noticesBetween(after, structuredClone(after) as Job, 1_500)).toEqual([]);
  });

  test('a retry between two looks is told all the same', () => {
    const after = aChange(job, { nodes: { 0: again } }).after;
    expect(noticesBetween(job, after, 0)).toEqual([{ tone: 'again', text: 'pay: attempt 1 failed and is made again' }]);
  });

  test('what simply succeeds is told by the figures alone', () => {
    expect(noticesBetween(job, aChange(job, { nodes: { 0: succeeded() } }).after, 0)).toEqual([]);
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
