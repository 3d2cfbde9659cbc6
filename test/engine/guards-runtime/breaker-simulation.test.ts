import { expect, test } from '@jest/globals';
import { seededRandom } from '../../../shared/core/random.ts';
import type { Override } from '../../../shared/policy/breaker/index.ts';
import { aBreakerFleet, type BreakerFleet, type Member, outcomeOf, settle } from './a-breaker-fleet.ts';

const rules = {
  failures: 4,
  openMs: 5_000,
  openMsMost: 20_000,
  successes: 2,
  probes: 2,
  probeMs: 4_000,
  spreadMs: 1_000,
};
const kinds: readonly Override['kind'][] = ['forced_open', 'forced_closed', 'disabled', 'shadow'];

/** What is going on in the world, and what was seen that must not be. */
interface World {
  readonly fleet: BreakerFleet;
  readonly chance: () => number;
  readonly faults: string[];
  isWell: boolean;
  /** When the override that holds now was heard by everybody; a little later all go by it. */
  override: Override | undefined;
  overrideAt: number;
  /** Probes of the fleet under way. */
  underWay: number;
}

async function call(world: World, member: Member): Promise<void> {
  const { fleet, chance, faults } = world;
  const { breakers, line } = member;
  const pay = breakers.breaker('pay');
  const isSettled =
    !line.isCut && breakers.modes.view.mode === 'shared' && fleet.clock.now() - world.overrideAt > 3_000;
  const pass = pay.tryAcquire();
  const { override } = world;
  if (isSettled && pass.kind === 'refused' && override !== undefined && override.kind !== 'forced_open')
    faults.push(`refused while ${override.kind}: ${pass.message}`);
  if (isSettled && pass.kind === 'pass' && override?.kind === 'forced_open')
    faults.push('let through while forced open');
  if (pass.kind === 'refused') return;
  const isFleets = (pass.probe ?? 0) > 0;
  if (isFleets) world.underWay++;
  if (isFleets && world.underWay > rules.probes) faults.push(`${world.underWay} probes are under way`);
  await fleet.clock.sleep(chance() * 200);
  if (isFleets) world.underWay--;
  if (world.isWell) pay.succeeded(pass, 10);
  else pay.failed(pass, 10);
}

async function trouble(world: World): Promise<void> {
  const { fleet, chance } = world;
  const member = fleet.members[Math.floor(chance() * fleet.members.length)]!;
  const dice = chance();
  if (dice < 0.25) world.isWell = !world.isWell;
  else if (dice < 0.45) {
    member.line.isCut = !member.line.isCut;
    if (!member.line.isCut) member.line.doubt?.();
  }
  // What operators decided comes back from the records, by others.
  else if (dice < 0.5 && world.override === undefined) fleet.emptyStates();
  else if (dice < 0.65) {
    const kind = kinds[Math.floor(chance() * kinds.length)]!;
    world.override = chance() < 0.5 ? undefined : { kind, reason: 'a test', by: 'operator:ann' };
    world.overrideAt = fleet.clock.now();
    await fleet.states.override('pay', world.override);
  }
  if (dice >= 0.95) await fleet.clock.advance(chance() * 60_000);
}

async function run(seed: number): Promise<readonly string[]> {
  const random = seededRandom(seed);
  const fleet = aBreakerFleet({ instances: 4, rules, seed, skewMs: (instance) => instance * 2_500 - 5_000 });
  const world: World = {
    fleet,
    chance: () => random.next(),
    faults: [],
    isWell: true,
    override: undefined,
    overrideAt: 0,
    underWay: 0,
  };
  for (let step = 0; step < 150; step++) {
    if (random.next() < 0.15) await trouble(world);
    for (const member of fleet.members) if (random.next() < 0.7) void call(world, member);
    await fleet.clock.advance(random.next() * 500);
  }
  for (const { line } of fleet.members) line.isCut = false;
  await fleet.states.override('pay', undefined);
  world.isWell = true;
  world.override = undefined;
  const isClosed = () => fleet.members.every(({ breakers }) => breakers.breaker('pay').view().state === 'closed');
  for (let step = 0; step < 400 && (step < 60 || !isClosed()); step++) {
    for (const member of fleet.members) void call(world, member);
    await fleet.clock.advance(250);
  }
  if (!isClosed()) world.faults.push('the target is well, and the breaker never closed');
  for (const { breakers } of fleet.members) {
    const end = await outcomeOf(breakers.breaker('pay').run(async () => 'well'));
    if (end !== 'succeeded') world.faults.push(`a call at the end was ${end}`);
    if (breakers.modes.view.mode !== 'shared') world.faults.push(`the mode at the end is ${breakers.modes.view.mode}`);
  }
  await settle();
  return world.faults;
}

test('whatever is cut, frozen, emptied and forced: overrides hold, probes stay within their number, and it closes when the target is well', async () => {
  const found: Record<number, readonly string[]> = {};
  for (let seed = 1; seed <= 60; seed++) {
    const faults = await run(seed);
    if (faults.length > 0) found[seed] = [...new Set(faults)];
  }
  expect(found).toEqual({});
}, 120_000);
