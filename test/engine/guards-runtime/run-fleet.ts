import type { Random } from '../../../shared/core/random.ts';
import { type Bulkheads, createBulkheads } from '../../../shared/engine/guards/bulkheads.ts';
import { type BulkheadRules, priorityClasses } from '../../../shared/policy/bulkhead/index.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { judgePermits, type PermitJudge } from './permit-judge.ts';
import { createPermitWorld, createProcess, type PermitWorld, type Process } from './permit-world.ts';

export interface FleetRun {
  readonly faults: readonly string[];
  readonly grants: number;
  readonly heldMost: number;
  readonly trace: readonly string[];
}

interface Instance {
  readonly name: string;
  readonly process: Process;
  readonly bulkheads: Bulkheads;
}

/** A fleet under load for some leases, with a store that goes and comes, and processes that stop and die. Then all is well, and everybody must be through. */
export async function runFleet(random: Random): Promise<FleetRun> {
  const clock = handClock();
  const chance = (share: number) => random.next() < share;
  const upTo = (most: number) => 1 + Math.floor(random.next() * most);
  const rules: BulkheadRules = { limit: upTo(6), queueMost: upTo(12) - 1, ageMs: 500, leaseMs: 400 + upTo(600) };
  const world = createPermitWorld(clock, random, { delayMsMost: upTo(8), lost: chance(0.5) ? 0.02 : 0 });
  const judge = judgePermits(clock.now, () => rules.limit);
  const fleet = Array.from({ length: 1 + upTo(3) }, (_, at) => startInstance(`i${at}`, clock, world, rules));
  const { leaseMs } = rules;

  // Each has heard of all the others before anything happens.
  for (let times = 0; times < 2; times++) {
    for (const { bulkheads } of fleet) bulkheads.configure([]);
    await clock.advance(50);
  }
  const state = { isOver: false };
  const trace = [JSON.stringify({ ...rules, instances: fleet.length })];
  const workers = fleet.flatMap((instance) =>
    Array.from({ length: upTo(6) }, () => work(instance, { clock, random, rules, judge, state })),
  );
  for (let troubles = upTo(5); troubles > 0; troubles--) {
    await clock.advance(random.next() * 2 * leaseMs);
    trace.push(await trouble(fleet, world, clock, random, leaseMs));
  }
  await clock.advance(leaseMs);
  state.isOver = true;
  await clock.advance(8 * leaseMs);
  const faults = [...judge.faults, ...(await Promise.all(workers.map((worker) => worker.faults())))].flat();
  return { faults, grants: judge.grants, heldMost: judge.heldMost, trace };
}

function startInstance(name: string, clock: HandClock, world: PermitWorld, rules: BulkheadRules): Instance {
  const process = createProcess(clock);
  const bulkheads = createBulkheads({
    clock: process.clock,
    permits: world.permitsOf(process),
    instance: name,
    rulesOf: () => rules,
    tell() {},
    report() {},
  });
  bulkheads.bulkhead('pool');
  return { name, process, bulkheads };
}

async function trouble(
  fleet: readonly Instance[],
  world: PermitWorld,
  clock: HandClock,
  random: Random,
  leaseMs: number,
): Promise<string> {
  const { name, process } = fleet[Math.floor(random.next() * fleet.length)]!;
  const at = clock.now();
  const kind = Math.floor(random.next() * 4);
  const lastsMs = random.next() * 3 * leaseMs;
  if (kind === 0) {
    world.leave();
    await clock.advance(lastsMs);
    world.comeBack(false);
    return `${at} the store was away for ${lastsMs}`;
  }
  if (kind === 1) {
    world.leave();
    await clock.advance(lastsMs);
    world.comeBack(true);
    return `${at} the store was away for ${lastsMs} and came back empty`;
  }
  if (kind === 2 && !process.isDead) {
    process.stop();
    await clock.advance(lastsMs);
    process.go();
    return `${at} ${name} was stopped for ${lastsMs}`;
  }
  if (fleet.filter((each) => !each.process.isDead).length === 1) return `${at} nothing`;
  process.kill();
  return `${at} ${name} was killed`;
}

interface Setting {
  readonly clock: HandClock;
  readonly random: Random;
  readonly rules: BulkheadRules;
  readonly judge: PermitJudge;
  readonly state: { isOver: boolean };
}

/** Calls one after the other, some of which outlive several leases. */
function work({ name, process, bulkheads }: Instance, { clock, random, rules, judge, state }: Setting) {
  const pool = bulkheads.bulkhead('pool');
  const faults: string[] = [];
  let waitsSince: number | undefined;

  async function callOnce(): Promise<void> {
    const given = random.next() < 0.1 ? AbortSignal.abort() : undefined;
    const deadlineAt = random.next() < 0.2 ? clock.now() + random.next() * rules.leaseMs : undefined;
    const priority = priorityClasses[Math.floor(random.next() * priorityClasses.length)];
    waitsSince = clock.now();
    const { stops } = process;
    const permit = await pool.acquire({
      priority,
      deadlineAt,
      signal: given,
      tenant: `t${Math.floor(random.next() * 3)}`,
    });
    await process.turn();
    waitsSince = undefined;
    if (permit.kind === 'refused') {
      const isFull = permit.because === 'bulkheadFull' && !permit.message.includes('deadline');
      if (isFull && permit.waitedMs > rules.leaseMs / 2 && process.stops === stops)
        faults.push(`${name} was rejected after ${permit.waitedMs} ms: ${permit.message}`);
      return process.clock.sleep(random.next() * 30);
    }
    judge.begun(name, permit);
    const isLong = random.next() < 0.05;
    await process.clock.sleep(random.next() * (isLong ? 2 * rules.leaseMs : 40));
    judge.ended(permit);
    permit.release();
  }

  const done = (async () => {
    while (!state.isOver) {
      await callOnce();
      if (random.next() < 0.3) await process.clock.sleep(random.next() * 100);
    }
  })();
  void done;
  return {
    async faults() {
      if (waitsSince !== undefined && !process.isDead)
        faults.push(`${name} waits since ${waitsSince}, and it is ${clock.now()}`);
      return faults;
    },
  };
}
