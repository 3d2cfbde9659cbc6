import { describe, expect, test } from '@jest/globals';
import { applyToJob, targetAt } from '../../shared/jobs/index.ts';
import { claim, jobFrom, jobOf, play, submittedAt, succeed } from './a-story.ts';

const http = (url: string, more: object = {}) => ({ id: 'a', type: 'http', url, ...more });
const targetOf = (node: object) => targetAt(jobOf(node), 0);

describe('the target of a node', () => {
  test.each([
    ['https://pay.example/charges/7?x=1#y', 'http:https://pay.example'],
    ['http://Pay.Example:80/a', 'http:http://pay.example'],
    ['https://pay.example:8443', 'http:https://pay.example:8443'],
    ['https://pay.example/${job.input.path}', 'http:https://pay.example'],
    ['https://pay.example?q=${job.input.path}', 'http:https://pay.example'],
    ['https://pay.example/a/$${plain}', 'http:https://pay.example'],
  ])('%s is %s', (url, target) => expect(targetOf(http(url))).toBe(target));

  test('is a topic, a handler, or nothing where no call is made', () => {
    expect(targetOf({ id: 'a', type: 'pubsub', topic: 'orders' })).toBe('topic:orders');
    expect(targetOf({ id: 'a', type: 'function', handler: 'resize' })).toBe('handler:resize');
    expect(targetOf({ id: 'a', type: 'delay', delay: 5 })).toBeUndefined();
  });

  test('is looked up where its address has a reference in it, also for one that runs on from another', () => {
    const job = jobFrom({
      name: 'story',
      input: { host: 'pay.example' },
      nodes: [http('https://${job.input.host}/a'), http('https://pay.example.${job.input.host}/', { id: 'b' })],
    });
    expect([targetAt(job, 0), targetAt(job, 1)]).toEqual([
      'http:https://pay.example',
      'http:https://pay.example.pay.example',
    ]);
    const chain = jobOf(
      { id: 'find', type: 'function', handler: 'find' },
      http('${nodes.find.result}', { dependsOn: ['find'] }),
      { id: 'b', type: 'pubsub', topic: '${nodes.find.result}', dependsOn: ['find'] },
    );
    const found = (result: string) =>
      play(chain, [
        [0, claim(0)],
        [1, succeed(0, result)],
      ]);
    expect(targetAt(found('https://a.example/x'), 1)).toBe('http:https://a.example');
    expect(targetAt(found('https://b.example/x'), 1)).toBe('http:https://b.example');
    expect(targetAt(found('no address'), 1)).toBeUndefined();
    expect(targetAt(found('orders'), 2)).toBe('topic:orders');
    expect(targetAt(chain, 1)).toBeUndefined();
  });

  test('of a map’s item is that of its own entry', () => {
    const list = ['https://a.example/1', 'https://b.example/2'];
    const node = { type: 'http', url: '${item}' };
    const job = jobFrom({
      name: 'story',
      input: { list },
      nodes: [{ id: 'm', type: 'map', over: '${job.input.list}', node }],
    });
    const { job: same } = applyToJob(job, { kind: 'checked' }, submittedAt);
    expect([targetAt(same, 1), targetAt(same, 2)]).toEqual(['http:https://a.example', 'http:https://b.example']);
  });
});
