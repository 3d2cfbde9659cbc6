import type { Random } from '../../shared/core/random.ts';
import { bulkheadLimits } from '../../shared/policy/bulkhead/index.ts';
import type { Permits } from '../../shared/ports/index.ts';
import { aWish } from './permits.suite.ts';

interface Walker {
  readonly name: string;
  readonly permits: Permits;
  readonly held: Set<number>;
  waiting: number;
  newest: number;
}

export interface Walk {
  readonly faults: readonly string[];
  readonly grants: number;
}

/**
 * Instances that ask a store at random and at the same time, and to whom answers and messages get lost. Leases last for the whole walk, so what anybody
 * holds is held. In the end all give back what they have, and everybody who waits must get a permit.
 */
export async function walkPermits(
  stores: readonly Permits[],
  pool: string,
  random: Random,
  steps: number,
): Promise<Walk> {
  const upTo = (most: number) => Math.floor(random.next() * (most + 1));
  const limit = 1 + upTo(5);
  const queueMost = upTo(12);
  const faults: string[] = [];
  const owners = new Map<number, string>();
  const walkers = stores.map((permits, at): Walker => {
    const walker = { name: `${pool}-${at}`, permits, held: new Set<number>(), waiting: 0, newest: 0 };
    permits.watch(walker.name, {
      onGrant(_, numbers) {
        if (random.next() < 0.7) for (const number of numbers) hold(walker, number);
      },
      onWanted() {},
      onDoubt() {},
      onAway() {},
    });
    return walker;
  });

  function hold(walker: Walker, number: number): void {
    if (number <= walker.newest || walker.held.has(number)) return;
    walker.held.add(number);
    walker.waiting = Math.max(0, walker.waiting - 1);
    for (const [other, owner] of owners)
      if (Math.abs(other - number) < bulkheadLimits.usesPerPermit && (other !== number || owner !== walker.name))
        faults.push(`${number} was given to ${walker.name}, and ${other} to ${owner}`);
    owners.set(number, walker.name);
  }

  async function ask(walker: Walker, wanted: number, released: readonly number[]): Promise<void> {
    const { name, waiting, newest } = walker;
    for (const number of released) walker.held.delete(number);
    const headMs = upTo(2_000) - 1_000;
    const renewed = [...walker.held];
    const wish = { limit, queueMost, leaseMs: 2_000, released, renewed, newest, wanted, waiting, headMs };
    const [answer] = await walker.permits.ask(name, [aWish(pool, wish)]);
    if (answer!.inUse > limit) faults.push(`${answer!.inUse} of ${limit} permits are out`);
    // Who was given a permit and has not heard of it yet says that it waits.
    if (answer!.depth > queueMost + limit) faults.push(`${answer!.depth} wait, and ${queueMost} may`);
    if (renewed.some((number) => !answer!.held.includes(number))) faults.push(`${name} lost what it holds`);
    // Lost: it knows nothing of what it was given, and has to be told again.
    if (random.next() < 0.1) return;
    const before = walker.held.size;
    for (const number of answer!.granted) hold(walker, number);
    const got = walker.held.size - before;
    walker.waiting = Math.max(0, waiting + wanted - answer!.rejected - got);
    walker.newest = Math.max(walker.newest, answer!.newest);
  }

  const heldNow = () => walkers.reduce((sum, { held }) => sum + held.size, 0);
  for (let step = 0; step < steps; step++) {
    const asking = walkers.filter(() => random.next() < 0.6);
    await Promise.all(
      asking.map((walker) =>
        ask(
          walker,
          upTo(3),
          [...walker.held].filter(() => random.next() < 0.5),
        ),
      ),
    );
    if (heldNow() > limit) faults.push(`${heldNow()} of ${limit} permits are held`);
  }
  for (let rounds = 0; rounds < 200 && walkers.some(({ waiting, held }) => waiting + held.size > 0); rounds++)
    for (const walker of walkers) await ask(walker, 0, [...walker.held]);
  for (const { name, waiting } of walkers) if (waiting > 0) faults.push(`${waiting} of ${name} wait for ever`);
  return { faults, grants: owners.size };
}
