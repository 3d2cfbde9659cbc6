import { beforeEach, describe, expect, test } from '@jest/globals';
import { CodedError } from '../../../shared/core/error.ts';
import type { DoorProcess } from '../../../shared/wiring/fleet/door-process.ts';
import { type Instances, keepInstances } from '../../../shared/wiring/fleet/instances.ts';
import { noUsage } from '../../../shared/wiring/fleet/usage.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';

/** A process to hold in the hand: it ends when it is told to, and has written twice to the store. */
function aDoor(pid: number): DoorProcess {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  return {
    pid,
    socket: `socket-${pid}`,
    ended,
    tail: () => '',
    usage: () => ({ ...noUsage, writes: 2 }),
    kill: (signal) => resolve(`was ended by ${signal}`),
    async stop() {
      resolve('was ended by SIGTERM');
    },
  };
}

describe('the instances of a door', () => {
  let clock: HandClock;
  /** What stands in front of them gives requests to these. */
  let served: Set<string>;
  let told: string[];
  let started: DoorProcess[];
  /** What the next starts come to. */
  let failures: (Error | undefined)[];
  let starting: Promise<void>;

  beforeEach(() => {
    [clock, served, told, started, failures] = [handClock(), new Set(), [], [], []];
    starting = Promise.resolve();
  });

  function keep(count: number, replace = true): Instances {
    const front = { add: (socket: string) => void served.add(socket), remove: (s: string) => void served.delete(s) };
    return keepInstances(clock, front, {
      door: 'api',
      count,
      replace,
      report: (sentence) => void told.push(sentence),
      async start() {
        await starting;
        const failure = failures.shift();
        if (failure) throw failure;
        const door = aDoor(started.length + 1);
        started.push(door);
        return door;
      },
    });
  }
  const pids = (instances: Instances) => [...instances.alive().values()].map(({ pid }) => pid);

  test('are given requests once all of them are started', async () => {
    const instances = keep(2);
    await instances.start();
    expect([pids(instances), [...served]]).toEqual([
      [1, 2],
      ['socket-1', 'socket-2'],
    ]);
  });

  test('are given no more requests from the moment they are told to end', async () => {
    const instances = keep(2);
    await instances.start();
    let servedWhenTold: readonly string[] = [];
    const [door] = instances.alive().values();
    Object.assign(door!, {
      ...door,
      kill: () => {
        servedWhenTold = [...served];
        void door!.stop();
      },
    });
    await instances.kill(0, 'SIGTERM');
    expect(servedWhenTold).toEqual(['socket-2']);
  });

  test('are replaced where they were when they are killed', async () => {
    const instances = keep(2);
    await instances.start();
    await instances.kill(0, 'SIGKILL');
    await clock.advance(0);
    expect(instances.alive().get(0)?.pid).toBe(3);
    expect(instances.alive().get(1)?.pid).toBe(2);
    expect([...served].sort()).toEqual(['socket-2', 'socket-3']);
    expect(told).toEqual(['Instance 0 of api was ended by SIGKILL.']);
  });

  test('have used what those used who are dead as well', async () => {
    const instances = keep(1);
    await instances.start();
    await instances.kill(0, 'SIGKILL');
    await clock.advance(0);
    expect(instances.usage()).toEqual({ ...noUsage, writes: 4 });
  });

  test('are not replaced where that is switched off', async () => {
    const instances = keep(1, false);
    await instances.start();
    await instances.kill(0, 'SIGKILL');
    await clock.advance(60_000);
    expect([pids(instances), [...served]]).toEqual([[], []]);
    await expect(instances.kill(0, 'SIGKILL')).rejects.toMatchObject({ code: 'instance_unknown' });
  });

  test('that do not start again are tried again each second, and each time it is told why', async () => {
    const instances = keep(1);
    await instances.start();
    failures = [new CodedError('door_failed', 'no memory'), new CodedError('door_failed', 'no memory')];
    await instances.kill(0, 'SIGKILL');
    await clock.advance(1_999);
    expect([told.slice(1), pids(instances)]).toEqual([['no memory', 'no memory'], []]);
    await clock.advance(1);
    expect(pids(instances)).toEqual([2]);
  });

  test('of which one does not start at first are refused, and those that did end when they are closed', async () => {
    const instances = keep(2);
    failures = [new CodedError('door_failed', 'no memory')];
    await expect(instances.start()).rejects.toMatchObject({ code: 'door_failed' });
    await instances.close();
    expect(await started[0]!.ended).toBe('was ended by SIGTERM');
  });

  test('that are still starting when they are closed end, and are given no request', async () => {
    const start = Promise.withResolvers<void>();
    starting = start.promise;
    const instances = keep(1);
    const begun = instances.start();
    const closed = instances.close();
    start.resolve();
    await Promise.all([begun, closed]);
    expect([await started[0]!.ended, served.size]).toEqual(['was ended by SIGTERM', 0]);
  });

  test('that end because they are closed are not replaced, and not told', async () => {
    const instances = keep(2);
    await instances.start();
    await instances.close();
    await clock.advance(10_000);
    expect([pids(instances), started.length, told]).toEqual([[], 2, []]);
  });
});
