import { expect, test } from '@jest/globals';
import { createMemoryPermits } from '../../../shared/adapters/memory/permits.ts';
import type { PermitAnswer } from '../../../shared/ports/index.ts';
import { aWish } from '../../contracts/permits.suite.ts';

const leaseMs = 400;
const limit = 1;

/** All that two instances and the time can do in so many steps: every order of it is played. */
const depth = 4;
const moves = [
  'a wants',
  'a wants, and hears nothing',
  'a gives back',
  'b wants',
  'b wants, and hears nothing',
  'b gives back',
  'time',
];

interface Player {
  held: { number: number; until: number }[];
  waiting: number;
  newest: number;
}

const aPlayer = (): Player => ({ held: [], waiting: 0, newest: 0 });

async function play(steps: readonly string[]): Promise<readonly string[]> {
  const faults: string[] = [];
  const given = new Set<number>();
  let now = 1_000;
  const permits = createMemoryPermits({ now: () => now, sleep: () => new Promise(() => {}) });
  const players: Record<string, Player> = { a: aPlayer(), b: aPlayer() };

  async function ask(name: string, wanted: number, givesBack: boolean, isLost = false): Promise<PermitAnswer> {
    const player = players[name]!;
    const holds = player.held.filter(({ until }) => until > now).map(({ number }) => number);
    const released = givesBack ? holds : [];
    const renewed = givesBack ? [] : holds;
    if (givesBack) player.held = [];
    const { waiting, newest } = player;
    const [answer] = await permits.ask(name, [aWish('p', { limit, released, renewed, wanted, waiting, newest })]);
    if (!isLost) hear(player, answer!, wanted);
    return answer!;
  }

  function hear(player: Player, answer: PermitAnswer, wanted: number): void {
    const { granted, held, rejected, newest } = answer;
    for (const number of granted) {
      if (given.has(number)) faults.push(`${number} was given twice`);
      given.add(number);
    }
    player.held = [...held, ...granted].map((number) => ({ number, until: now + leaseMs }));
    player.waiting = Math.max(0, player.waiting + wanted - rejected - granted.length);
    player.newest = newest;
  }

  function look(): void {
    const held = Object.values(players).flatMap((player) => player.held.filter(({ until }) => until > now));
    if (held.length > limit) faults.push(`${held.length} of ${limit} are held`);
  }

  for (const step of steps) {
    if (step === 'time') now += leaseMs / 2;
    else await ask(step[0]!, Number(step.includes('wants')), step.includes('back'), step.includes('nothing'));
    look();
  }
  for (let rounds = 0; rounds < 20; rounds++) {
    for (const name of Object.keys(players)) await ask(name, 0, true);
    now += leaseMs / 4;
  }
  for (const [name, { waiting }] of Object.entries(players)) if (waiting > 0) faults.push(`${name} waits for ever`);
  return faults;
}

test(`P1 to P4 hold in every order of ${depth} steps of two instances, lost answers and passing time`, async () => {
  let orders: string[][] = [[]];
  for (let step = 0; step < depth; step++) orders = orders.flatMap((order) => moves.map((move) => [...order, move]));
  const faults: string[] = [];
  for (const order of orders) {
    const found = await play(order);
    if (found.length > 0) faults.push(`${order.join(' | ')}: ${found[0]}`);
  }
  expect(orders).toHaveLength(moves.length ** depth);
  expect(faults.slice(0, 3)).toEqual([]);
}, 60_000);
