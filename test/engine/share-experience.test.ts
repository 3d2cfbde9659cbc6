import { describe, expect, test } from '@jest/globals';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import { shareExperience } from '../../shared/engine/share-experience.ts';
import type { SlotCount, TargetCounts } from '../../shared/ports/index.ts';
import { handClock } from '../support/hand-clock.ts';

const one = (slot: number, tried = 1): SlotCount => ({ slot, counts: { tried } });

/** Engines on the same counts; what they ask for is kept, and can be made to fail. */
function engines(count: number) {
  const clock = handClock();
  const kept = createMemoryTargetCounts();
  const asked: (readonly SlotCount[])[] = [];
  const failures: unknown[] = [];
  const world = { isAway: false };
  const counts: TargetCounts = {
    async add(name, given, from) {
      asked.push(given);
      if (world.isAway) throw new Error('away');
      return kept.add(name, given, from);
    },
  };
  const inBackground = (work: Promise<unknown>) => void work.catch((error: unknown) => failures.push(error));
  const shared = Array.from({ length: count }, () => shareExperience(clock, counts, inBackground));
  return { clock, asked, failures, world, shared, kept };
}

describe('shared experience', () => {
  test('counts here at once, and there once it is merged', async () => {
    const { clock, shared } = engines(2);
    const [here, there] = shared as [(typeof shared)[0], (typeof shared)[0]];
    here.of('it', 0);
    there.of('it', 0);
    await clock.advance(1);
    here.add('it', one(5), 0);
    expect([here.of('it', 0), there.of('it', 0)]).toEqual([[one(5)], []]);
    await clock.advance(30_000);
    here.of('it', 0);
    await clock.advance(1);
    there.of('it', 0);
    await clock.advance(1);
    expect([here.of('it', 0), there.of('it', 0)]).toEqual([[one(5)], [one(5)]]);
  });

  test('asks the store once in thirty seconds, with all that has gathered', async () => {
    const { clock, asked, shared } = engines(1);
    const [here] = shared as [(typeof shared)[0]];
    for (let second = 0; second < 90; second++) {
      here.add('it', one(5), 0);
      await clock.advance(1_000);
    }
    expect(asked).toEqual([[one(5)], [one(5, 30)], [one(5, 30)]]);
    expect(here.of('it', 0)).toEqual([one(5, 90)]);
  });

  test('loses nothing while the store is away, tells each time, and does not ask more often', async () => {
    const { clock, asked, failures, world, shared, kept } = engines(1);
    const [here] = shared as [(typeof shared)[0]];
    world.isAway = true;
    for (let second = 0; second < 90; second++) {
      here.add('it', one(5), 0);
      await clock.advance(1_000);
    }
    expect([asked.length, failures.length]).toEqual([3, 3]);
    expect(here.of('it', 0)).toEqual([one(5, 90)]);
    world.isAway = false;
    here.flush();
    await clock.advance(1);
    expect(await kept.add('it', [], 0)).toEqual([one(5, 90)]);
    expect(here.of('it', 0)).toEqual([one(5, 90)]);
  });

  test('is merged at the end, and what has been merged is not merged again', async () => {
    const { clock, asked, shared, kept } = engines(1);
    const [here] = shared as [(typeof shared)[0]];
    here.of('it', 0);
    await clock.advance(1);
    here.add('it', one(5), 0);
    here.flush();
    await clock.advance(1);
    here.flush();
    expect(asked).toEqual([[], [one(5)]]);
    expect(await kept.add('it', [], 0)).toEqual([one(5)]);
  });

  test('has an end: of very many names those are forgotten that nobody asked for lately', async () => {
    const { clock, asked, shared } = engines(1);
    const [here] = shared as [(typeof shared)[0]];
    for (let name = 0; name < 2_001; name++) here.of(`target ${name}`, 0);
    await clock.advance(1);
    asked.length = 0;
    here.of('target 2000', 0);
    expect(asked).toHaveLength(0);
    here.of('target 0', 0);
    expect(asked).toHaveLength(1);
  });
});
