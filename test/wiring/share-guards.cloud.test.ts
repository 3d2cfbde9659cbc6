import { expect, test } from '@jest/globals';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { breaker, bulkhead, shareGuards } from '../../shared/wiring/library.ts';
import { aFirestore } from '../support/a-firestore.ts';
import { redisMissing, startRedis } from '../support/a-redis.ts';
import { describeCloud, uniqueProject } from '../support/emulators.ts';

const clock = createMachineClock();
const withRedis = (await redisMissing()) === undefined ? test : test.skip;

const changedBy = 'operator:ann';

describeCloud('a program without an engine that has the fleet’s Firestore', () => {
  withRedis('goes by what operators configured before it began, and keeps its transitions for good', async () => {
    const projectId = uniqueProject();
    const kept = await aFirestore({ project: projectId });
    const redis = await startRedis();
    const at = clock.now();
    const record = { revision: 1, changedAt: at, changedBy };
    const line = { at, by: changedBy, action: 'configured', because: 'it needs it', number: 1 } as const;
    await kept.guards.changeBreaker({
      record: { ...record, name: 'pay', spec: { failures: 2 } },
      line: { ...line, guard: 'breaker', name: 'pay' },
    });
    await kept.guards.changeBulkhead({
      record: { ...record, name: 'few', spec: { limit: 1, queueMost: 7 } },
      line: { ...line, guard: 'bulkhead', name: 'few' },
    });
    const told: unknown[] = [];
    const shared = await shareGuards({
      redisUrl: redis.url,
      store: `firestore:${projectId}`,
      report: (error) => void told.push(error),
    });
    expect(shared.mode).toBe('shared');
    expect(bulkhead('few', { limit: 5 }).view()).toMatchObject({ limit: 1, queueMost: 7 });
    for (let call = 0; call < 2; call++)
      await breaker('pay')
        .run(() => Promise.reject(new Error('it is down')))
        .catch(() => {});
    const lines = async () => (await kept.guards.readLines('breaker', 'pay', 10)).lines;
    while ((await lines()).length < 2) await clock.sleep(20);
    expect((await lines())[0]).toMatchObject({ action: 'transition', because: '2 failures in a row' });
    await shared.close();
    await redis.close();
    await kept.close();
    // Nothing is told of but the topic of events, which this project does not have.
    expect(told).toMatchObject([{ code: 'topic_unknown' }]);
  });
});
