import { describe, expect, test } from '@jest/globals';
import { type Random, seededRandom } from '../../../shared/core/random.ts';
import { type Bulkheads, createBulkheads } from '../../../shared/engine/guards/bulkheads.ts';
import { type BulkheadRules, type PriorityClass, priorityClasses } from '../../../shared/policy/bulkhead/index.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { createPermitWorld, createProcess } from './permit-world.ts';

const delayMsMost = 4;

interface Call {
  readonly instance: number;
  readonly priority: PriorityClass;
  readonly tenant: string;
  readonly number: number;
}

/** Instances whose store is always there. Everything that happens to their calls is told. */
async function play(seed: number, rules: BulkheadRules, instances: number, shared: boolean) {
  const random: Random = seededRandom(seed);
  const clock: HandClock = handClock();
  const world = createPermitWorld(clock, random, { delayMsMost, lost: 0 });
  const fleet: Bulkheads[] = Array.from({ length: instances }, (_, at) => {
    const process = createProcess(clock);
    return createBulkheads({
      clock,
      ...(shared && { permits: world.permitsOf(process) }),
      instance: `i${at}`,
      rulesOf: () => rules,
      tell() {},
      report() {},
    });
  });
  const waiting = new Map<number, Call>();
  const faults: string[] = [];
  let running = 0;
  let grants = 0;
  let idleSince: number | undefined;
  let idleMsMost = 0;

  /** Permits that nobody has although somebody wants one. */
  function look(): void {
    const isIdle = waiting.size > 0 && running < rules.limit;
    if (!isIdle) idleSince = undefined;
    else {
      idleSince ??= clock.now();
      idleMsMost = Math.max(idleMsMost, clock.now() - idleSince);
    }
  }

  function begun(call: Call): void {
    grants++;
    waiting.delete(call.number);
    for (const other of waiting.values())
      if (
        other.number < call.number &&
        other.instance === call.instance &&
        other.priority === call.priority &&
        other.tenant === call.tenant
      )
        faults.push(`${JSON.stringify(call)} overtook ${JSON.stringify(other)}`);
    running++;
    look();
  }

  async function callOnce(number: number): Promise<void> {
    const call: Call = {
      number,
      instance: Math.floor(random.next() * instances),
      priority: priorityClasses[Math.floor(random.next() * 4)]!,
      tenant: `t${Math.floor(random.next() * 2)}`,
    };
    const giveUp = new AbortController();
    const isImpatient = random.next() < 0.15;
    if (isImpatient) void clock.sleep(random.next() * 60).then(() => giveUp.abort());
    const deadlineAt = random.next() < 0.15 ? clock.now() + random.next() * 80 : undefined;
    waiting.set(number, call);
    const { priority, tenant } = call;
    const answer = fleet[call.instance]!.bulkhead('pool').acquire({
      priority,
      tenant,
      deadlineAt,
      ...(isImpatient && { signal: giveUp.signal }),
    });
    const permit = await answer;
    if (permit.kind === 'refused') {
      waiting.delete(number);
      return look();
    }
    begun(call);
    await clock.sleep(random.next() * 30);
    running--;
    look();
    permit.release();
  }

  const calls: Promise<void>[] = [];
  for (let at = 0; at < 150; at++) {
    calls.push(callOnce(at));
    if (random.next() < 0.6) await clock.advance(random.next() * 20);
    look();
  }
  await clock.advance(5_000);
  const open = waiting.size;
  await Promise.race([Promise.all(calls), clock.advance(1)]);
  return { faults, open, running, idleMsMost, grants };
}

const rules: BulkheadRules = { limit: 3, queueMost: 40, ageMs: 50, leaseMs: 2_000 };
const seeds = Array.from({ length: 8 }, (_, at) => at + 1);

describe('calls at a bulkhead, some of which give up', () => {
  // Of what has to be asked, a question that is under way ends first; between instances a waiter may have gone that the store still counts.
  for (const [name, instances, shared, idleMsBound] of [
    ['of one process', 1, false, 0],
    ['of one instance', 1, true, 4 * delayMsMost],
    ['of three instances', 3, true, 15 * delayMsMost],
  ] as const)
    test(`${name}: none overtakes another of its class and tenant there, all are through, and no permit lies idle`, async () => {
      for (const seed of seeds) {
        const { faults, open, running, idleMsMost, grants } = await play(seed, rules, instances, shared);
        expect({ seed, faults, open, running }).toEqual({ seed, faults: [], open: 0, running: 0 });
        expect(grants).toBeGreaterThan(50);
        expect(idleMsMost).toBeLessThanOrEqual(idleMsBound);
      }
    });
});

describe('a limit that an operator lowers', () => {
  test('is kept as soon as calls have ended, though an instance uses its permits again and again', async () => {
    const clock = handClock();
    const process = createProcess(clock);
    const world = createPermitWorld(clock, seededRandom(1), { delayMsMost, lost: 0 });
    const bulkheads = createBulkheads({
      clock,
      permits: world.permitsOf(process),
      instance: 'i0',
      rulesOf: () => ({ ...rules, limit: 6 }),
      tell() {},
      report() {},
    });
    let running = 0;
    const callMs = 10;
    async function callAlways(): Promise<void> {
      for (;;) {
        const permit = await bulkheads.bulkhead('pool').acquire();
        if (permit.kind === 'refused') throw new Error(permit.message);
        running++;
        await clock.sleep(callMs);
        running--;
        permit.release();
      }
    }
    for (let caller = 0; caller < 20; caller++) void callAlways();
    await clock.advance(200);
    expect(running).toBe(6);
    bulkheads.configure([{ name: 'pool', revision: 1, spec: { limit: 2 }, changedAt: 0, changedBy: 'operator:ada' }]);
    await clock.advance(4 * delayMsMost + 2 * callMs);
    expect(running).toBeLessThanOrEqual(2);
    let most = 0;
    for (let at = 0; at < 40; at++) {
      await clock.advance(5);
      most = Math.max(most, running);
    }
    expect(most).toBe(2);
  });
});
