import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Delivery } from '../../../shared/wiring/fleet/give-up.ts';
import { openRelay, type Relay } from '../../../shared/wiring/fleet/relay.ts';
import { aPushServer, type PushServer } from '../../adapters/pubsub/push-server.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { until, untilAsleep } from './turns.ts';

const plan: Delivery = { deliveriesMost: 4, retentionMs: 60_000, firstBackoffMs: 1_000, mostBackoffMs: 1_500 };
const held = 'held' as const;

/** What the door does with each delivery, one after the other; what is held is answered by the test. */
type Answer = number | typeof held;

describe('the relay before a door', () => {
  let clock: HandClock;
  let door: PushServer;
  let relay: Relay;
  let isOpen = false;
  let answers: Answer[];
  let seen: { readonly body: unknown }[];
  let release: (status: number) => void;
  let givenUp: { readonly body: string; readonly deliveries: number }[];

  const open = async (delivery: Delivery = plan) => {
    isOpen = true;
    relay = await openRelay({
      clock,
      to: door.url,
      deliveryOf: () => delivery,
      giveUp: async (body, deliveries) => void givenUp.push({ body, deliveries }),
    });
  };

  beforeEach(async () => {
    clock = handClock(0);
    [answers, seen, givenUp] = [[], [], []];
    door = await aPushServer(async ({ body }) => {
      seen.push({ body });
      const answer = answers.shift() ?? 204;
      return answer === held ? new Promise<number>((resolve) => (release = resolve)) : answer;
    });
  });
  afterEach(async () => {
    if (isOpen) await close();
    await door.close();
  });
  const close = () => {
    isOpen = false;
    return relay.close();
  };

  const push = async (body = 'm') => (await fetch(relay.url, { method: 'POST', body })).status;

  /** A push that its door holds for longer than Pub/Sub's emulator can wait. */
  async function pushHeld(): Promise<number> {
    answers.unshift(held);
    const pushing = push();
    await untilAsleep(clock);
    await until(() => seen.length > 0);
    await clock.advance(50);
    return pushing;
  }

  test('hands a push on as it is, and acknowledges what the door takes', async () => {
    await open();
    expect(await push('{"message":{}}')).toBe(204);
    expect(seen.map(({ body }) => body)).toEqual(['{"message":{}}']);
    await until(() => relay.underWay() === 0);
  });

  test('leaves to Pub/Sub what the door refuses soon', async () => {
    await open();
    answers = [503];
    expect(await push()).toBe(503);
    await until(() => relay.underWay() === 0);
    await clock.advance(plan.retentionMs);
    expect(seen).toHaveLength(1);
  });

  test('leaves to Pub/Sub what finds no door', async () => {
    await open();
    await door.close();
    expect(await push()).toBe(503);
  });

  test('does not take a push off the hands of Pub/Sub before 50 ms', async () => {
    await open();
    answers = [held];
    let status = 0;
    const pushing = push().then((answered) => (status = answered));
    await untilAsleep(clock);
    await until(() => seen.length > 0);
    await clock.advance(49);
    expect(status).toBe(0);
    release(503);
    await pushing;
    expect(status).toBe(503);
  });

  test('takes a push that is held off the hands of Pub/Sub, and has it under way until the door has taken it', async () => {
    await open();
    expect(await pushHeld()).toBe(204);
    expect(relay.underWay()).toBe(1);
    release(204);
    await until(() => relay.underWay() === 0);
    expect(seen).toHaveLength(1);
  });

  test('delivers again what was held in vain until it is taken, after waits that grow to their most', async () => {
    await open();
    answers = [503, 503, 204];
    await pushHeld();
    release(503);
    for (const [delivered, waitMs] of [1_000, 1_500, 1_500].entries()) {
      await untilAsleep(clock);
      await clock.advance(waitMs - 1);
      expect(clock.sleepers).toBe(1);
      await clock.advance(1);
      await until(() => seen.length === delivered + 2);
    }
    await until(() => relay.underWay() === 0);
    expect(new Set(seen.map(({ body }) => body))).toEqual(new Set(['m']));
    expect(givenUp).toEqual([]);
  });

  test('gives up after as many deliveries as the subscription allows', async () => {
    await open();
    answers = [503, 503, 503, 503];
    await pushHeld();
    release(503);
    for (let deliveries = 2; deliveries <= plan.deliveriesMost; deliveries++) {
      await untilAsleep(clock);
      await clock.advance(plan.mostBackoffMs);
      await until(() => seen.length === deliveries);
    }
    await until(() => relay.underWay() === 0);
    expect(givenUp).toEqual([{ body: 'm', deliveries: 4 }]);
    expect(seen).toHaveLength(4);
  });

  test('forgets a message when it has been kept for as long as it may be', async () => {
    await open({ ...plan, deliveriesMost: Infinity, retentionMs: 900 });
    await pushHeld();
    release(503);
    await untilAsleep(clock);
    await clock.advance(plan.firstBackoffMs);
    await until(() => relay.underWay() === 0);
    expect(seen).toHaveLength(1);
    expect(givenUp).toEqual([]);
  });

  test('delivers nothing again, and gives nothing up, once it is closed', async () => {
    await open();
    await pushHeld();
    release(503);
    await untilAsleep(clock);
    await close();
    await until(() => relay.underWay() === 0);
    expect([seen.length, givenUp.length]).toEqual([1, 0]);
  });
});
