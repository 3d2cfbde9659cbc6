import { describe, expect, test } from '@jest/globals';
import { type Action, act, actionsOf, firstWorld, keyOf, type World } from './search-breakers.ts';

/**
 * Every world that a few instances, a store that may come back empty, a clock that is moved, and requests that are lost, late or doubled can get
 * into within so many steps. `act` throws where more probes are under way than may be, a version is given twice or goes back, a transition
 * is lost, or a breaker is closed by anything but its probes.
 */
describe('all worlds of a fleet of breakers', () => {
  test('of two instances keep the promises for seven steps', async () => {
    const { worlds, states } = await search(2, 7);
    expect(worlds).toBeGreaterThan(5_000);
    expect([...states].sort()).toEqual(['closed', 'half_open', 'open']);
  });

  test('of three instances keep the promises for five steps', async () => {
    expect((await search(3, 5)).worlds).toBeGreaterThan(3_000);
  });

  test('keep the promises from where a probe is under way, for five steps more', async () => {
    const send = (from: number, kind: 'report' | 'ask', world: World): Action => {
      const { known } = world.instances[from]!;
      return { kind: 'send', request: { kind, from, ...(known && { known }) }, fate: 'answered' };
    };
    let world = firstWorld(2);
    world = await act(world, send(0, 'report', world));
    world = await act(world, send(0, 'report', world));
    world = await act(world, { kind: 'wait', ms: 130 });
    world = await act(world, send(0, 'ask', world));
    expect(world.instances[0]!.probe).toBeGreaterThan(0);
    const { worlds, states } = await search(2, 5, world);
    expect(worlds).toBeGreaterThan(3_000);
    expect([...states].sort()).toEqual(['closed', 'half_open', 'open']);
  });
});

async function search(instances: number, steps: number, first = firstWorld(instances)) {
  const known = new Set([keyOf(first)]);
  const states = new Set<string>();
  let edge: { readonly world: World; readonly path: readonly Action[] }[] = [{ world: first, path: [] }];
  for (let step = 0; step < steps; step++) {
    const next: typeof edge = [];
    for (const { world, path } of edge)
      for (const action of actionsOf(world)) {
        const after = await told(world, action, path);
        const key = keyOf(after);
        if (known.has(key)) continue;
        known.add(key);
        for (const { state } of after.kept.breakers.values()) states.add(state);
        next.push({ world: after, path: [...path, action] });
      }
    edge = next;
  }
  return { worlds: known.size, states };
}

async function told(world: World, action: Action, path: readonly Action[]): Promise<World> {
  try {
    return await act(world, action);
  } catch (thrown) {
    const steps = [...path, action].map((one) => JSON.stringify(one)).join('\n');
    throw new Error(`${thrown instanceof Error ? thrown.message : thrown}, after\n${steps}`);
  }
}
