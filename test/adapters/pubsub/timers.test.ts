import { beforeEach, describe, expect, test } from '@jest/globals';
import { createPubSubTimers, type PubSubTimers } from '../../../shared/adapters/pubsub/timers.ts';
import { handClock } from '../../support/hand-clock.ts';
import { aPublisher, type HeldPublisher } from './a-publisher.ts';

describe('the timers of a fleet', () => {
  const clock = handClock(0);
  let publisher: HeldPublisher;
  let timers: PubSubTimers;
  let failures: (readonly string[])[];

  beforeEach(() => {
    publisher = aPublisher();
    failures = [];
    timers = createPubSubTimers(publisher, {
      clock,
      horizonMs: 1_000,
      onFailure: (_, jobIds) => failures.push(jobIds),
    });
  });

  const told = () => publisher.sent.map(({ text }) => JSON.parse(text).alarms);
  const setNew = (jobId: string, at: number) => timers.set(jobId, at, at);

  test('tell of what is due soon, and leave what is due later to the tick', async () => {
    setNew('soon', 1_000);
    setNew('late', 1_001);
    await timers.flush();
    expect(told()).toEqual([[['soon', 1_000]]]);
    expect(publisher.sent[0]!.topic).toBe('breakwater-alarms');
  });

  test('tell of nothing that this change has not put on the clock', async () => {
    timers.set('job-1', 10);
    await timers.flush();
    expect(told()).toEqual([]);
  });

  test('tell of a new moment even where an earlier check is due', async () => {
    timers.set('job-1', 5, 10);
    await timers.flush();
    expect(told()).toEqual([[['job-1', 10]]]);
  });

  test('tell in one message what one turn has set, the earliest of each job', async () => {
    setNew('a', 20);
    setNew('b', 30);
    setNew('a', 10);
    setNew('b', 40);
    await clock.advance(0);
    expect(told()).toEqual([
      [
        ['a', 10],
        ['b', 30],
      ],
    ]);
  });

  test('tell of the same moment of a job once', async () => {
    for (let times = 0; times < 2; times++) {
      setNew('a', 10);
      await timers.flush();
    }
    setNew('a', 20);
    await timers.flush();
    expect(told()).toEqual([[['a', 10]], [['a', 20]]]);
  });

  test('forget what was dropped before it was sent', async () => {
    setNew('a', 10);
    timers.drop('a');
    await timers.flush();
    expect(told()).toEqual([]);
  });

  test('send nothing after the stop', async () => {
    setNew('a', 10);
    timers.stop();
    setNew('b', 10);
    await timers.flush();
    expect(told()).toEqual([]);
  });

  test('report what could not be sent, and send it when it is set again', async () => {
    publisher.failWith(new Error('away'));
    setNew('a', 10);
    await timers.flush();
    expect(failures).toEqual([['a']]);
    publisher.failWith(undefined);
    setNew('a', 10);
    await timers.flush();
    expect(told()).toEqual([[['a', 10]]]);
  });

  test('split what is too much for a message', async () => {
    for (let job = 0; job < 201; job++) setNew(`job-${job}`, 10);
    await timers.flush();
    expect(told().map((alarms) => alarms.length)).toEqual([200, 1]);
  });

  test('hand a batch to holders ahead of time, and say when that fails', async () => {
    await timers.hold([{ jobId: 'far', at: 60_000 }]);
    expect(told()).toEqual([[['far', 60_000]]]);
    publisher.failWith(Object.assign(new Error('gone'), { code: 14 }));
    await expect(timers.hold([{ jobId: 'far', at: 60_000 }])).rejects.toMatchObject({ code: 'queue_unavailable' });
  });

  test('hand over nothing where there is nothing', async () => {
    await timers.hold([]);
    expect(told()).toEqual([]);
  });
});
