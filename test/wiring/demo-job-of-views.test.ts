import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject } from '../../shared/core/json.ts';
import { jobView, nodeView } from '../../shared/edge/api/views.ts';
import { frameOf } from '../../shared/edge/cli/frame.ts';
import { noticesBetween } from '../../shared/edge/cli/notices.ts';
import { paintOf } from '../../shared/edge/cli/paint.ts';
import { runReportOf, summaryOf } from '../../shared/edge/cli/summary.ts';
import { type Job, nodeCount } from '../../shared/jobs/index.ts';
import { jobOfViews } from '../../shared/wiring/demo/job-of-views.ts';
import { noUsage } from '../../shared/wiring/fleet/usage.ts';
import { claim, fail, jobFrom, node, play, type Story, submittedAt, succeed } from '../jobs/a-story.ts';

/** A job that has come to a retry, a choice, a signal and a map's items; then to its end. */
const document = {
  name: 'story',
  nodes: [
    node('a'),
    node('flaky', [], { retry: { strategy: 'fixed', delay: '1s', maxAttempts: 3 } }),
    {
      id: 'risk',
      type: 'choice',
      dependsOn: ['a'],
      choices: [{ name: 'high', when: { value: 1, gt: 0 }, then: ['b'] }],
    },
    node('b', ['risk']),
    { id: 'approval', type: 'signal', dependsOn: ['a'] },
    { id: 'map', type: 'map', dependsOn: ['a'], over: [1, 2, 3], node: { type: 'function', handler: 'f' } },
    { id: 'break', type: 'delay', delay: '5s', dependsOn: ['a'] },
  ],
};
const first: Story = [
  [10, claim(0)],
  [12, claim(1)],
  [20, fail(1)],
];
const second: Story = [
  [30, succeed(0)],
  [40, claim(7)],
  [60, succeed(7)],
];

const begun = play(jobFrom(document), first);
const midway = play(begun, second);

/** As it comes over HTTP. */
function fromAfar(job: Job, results: ReadonlyMap<string, Json> = new Map()): Job {
  const overHttp = (view: unknown) => JSON.parse(JSON.stringify(view)) as JsonObject;
  const nodes = Array.from({ length: nodeCount(job) }, (_, index) => overHttp(nodeView(job, index)));
  return jobOfViews(job.spec, overHttp(jobView(job)), nodes, results);
}

describe('a job that is only known by what the API shows of it', () => {
  const paint = paintOf({ colour: false });
  const now = submittedAt + 100;

  test('is drawn as the job itself', () => {
    for (const job of [begun, midway])
      expect(frameOf(fromAfar(job), now, 80, paint)).toEqual(frameOf(job, now, 80, paint));
    expect(frameOf(midway, now, 80, paint).join('\n')).toMatch(/1 retrying(.|\n)*2 items to go/);
  });

  test('is drawn as the job itself while it is rolled back, compensations of items and of nodes', () => {
    const compensate = { type: 'function', handler: 'undo' };
    const item = { type: 'function', handler: 'f', compensate };
    const map = { id: 'map', type: 'map', over: [1, 2], node: item };
    const job = play(jobFrom({ name: 'saga', nodes: [node('a', [], { compensate }), map, node('c', ['a'])] }), [
      ...[0, 3, 4].flatMap(
        (at): Story => [
          [10, claim(at)],
          [20, succeed(at)],
        ],
      ),
      [30, { kind: 'rollbackStarted', by: 'ada' }],
      [40, claim(6)],
      [50, claim(5)],
      [60, succeed(5)],
    ]);
    const told = frameOf(fromAfar(job), now, 80, paint);
    expect(told).toEqual(frameOf(job, now, 80, paint));
    expect(told.join('\n')).toContain('undo(map[0])');
  });

  test('has the same news, a choice as soon as its result is known', () => {
    const choice = new Map<string, Json>([['risk', { branch: 'high' }]]);
    const news = noticesBetween(begun, midway, now).map(({ text }) => text);
    expect(noticesBetween(fromAfar(begun), fromAfar(midway, choice), now).map(({ text }) => text)).toEqual(news);
    expect(news).toEqual(['risk chose high', 'approval waits for the signal `approval`', 'map fans out over 3 items']);
  });

  test('is summed up as the job itself', () => {
    const ended = play(midway, [[200, { kind: 'cancelled', by: 'somebody' }]]);
    const summary = (job: Job) => summaryOf(job, runReportOf(job, noUsage), paint);
    expect(summary(fromAfar(ended))).toEqual(summary(ended));
  });
});
