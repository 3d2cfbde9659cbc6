import { describe, expect, test } from '@jest/globals';
import { createClassLine, type Placed } from '../../../shared/policy/bulkhead/class-line.ts';
import { createLine, type LineRules, rankOf, type Waiter, type Wish } from '../../../shared/policy/bulkhead/index.ts';

function aLine(rules: Partial<LineRules> = {}) {
  const dropped: string[] = [];
  const line = createLine<string>({ queueMost: 100, ageMs: 1_000, ...rules }, ({ work, isWaiting }, why) =>
    dropped.push(`${work} ${why}${isWaiting ? ' and still waits' : ''}`),
  );
  const join = (work: string, now: number, wish: Omit<Wish<string>, 'work'> = {}) =>
    line.join({ work, ...wish }, now) as Waiter<string>;
  const turns = (count: number, now: number) => Array.from({ length: count }, () => line.take(now)?.work);
  return { line, dropped, join, turns };
}

describe('who waits', () => {
  test('is normal, of the tenant without a name and without a deadline unless said', () => {
    const { join } = aLine();
    expect(join('one', 5)).toMatchObject({
      priority: 'normal',
      tenant: '',
      deadline: Number.POSITIVE_INFINITY,
      arrival: 5,
    });
  });

  test('is refused when the line is full, and not before; whoever gives up makes room', () => {
    const { line, join } = aLine({ queueMost: 2 });
    const one = join('one', 0);
    join('two', 0, { priority: 'low' });
    expect(join('three', 0, { priority: 'critical' })).toBe('queue_full');
    expect(line.leave(one)).toBe(true);
    expect(line.leave(one)).toBe(false);
    expect(line.depth).toBe(1);
    expect(join('four', 0)).toMatchObject({ work: 'four' });
    expect(aLine({ queueMost: 0 }).join('one', 0)).toBe('queue_full');
  });

  test('L1: goes on waiting when the line is made shorter', () => {
    const { line, join, turns, dropped } = aLine();
    for (const work of ['one', 'two', 'three']) join(work, 0);
    line.adjust({ queueMost: 1, ageMs: 1_000 });
    expect(join('four', 0)).toBe('queue_full');
    expect(turns(4, 0)).toEqual(['one', 'two', 'three', undefined]);
    expect(dropped).toEqual([]);
  });

  test('makes room at its deadline, even when nobody asked in between', () => {
    const { line, join, dropped, turns } = aLine({ queueMost: 2 });
    join('late', 0, { deadline: 10 });
    join('patient', 0, { deadline: 11 });
    expect(join('early', 9)).toBe('queue_full');
    expect(line.depth).toBe(2);
    expect(join('next', 10)).toMatchObject({ work: 'next' });
    expect(dropped).toEqual(['late deadline_passed']);
    expect(turns(2, 10)).toEqual(['patient', 'next']);
  });

  test('is not accepted at its deadline or after it', () => {
    const { line, join } = aLine();
    expect(join('late', 10, { deadline: 10 })).toBe('deadline_passed');
    expect(join('later', 10, { deadline: 9 })).toBe('deadline_passed');
    expect(line.depth).toBe(0);
  });

  test('is dropped in its turn when a call would take beyond its deadline, and no sooner', () => {
    const { line, join, dropped } = aLine();
    join('short', 0, { deadline: 100 });
    join('long', 0, { deadline: 200 });
    expect(line.head(95)).toBe(2_000);
    expect(dropped).toEqual([]);
    expect(line.take(51, 50)?.work).toBe('long');
    expect(dropped).toEqual(['short deadline_unmeetable']);
    join('just', 100, { deadline: 150 });
    expect(line.take(100, 50)?.work).toBe('just');
  });

  test('is told of before the next one takes its turn, by the time of the line alone', () => {
    const { line, join, dropped } = aLine();
    join('one', 0, { deadline: 50 });
    join('two', 0, { deadline: 20 });
    join('three', 0);
    expect(line.nextDeadline()).toBe(20);
    line.dropLate(19);
    expect(dropped).toEqual([]);
    line.dropLate(20);
    expect(dropped).toEqual(['two deadline_passed']);
    expect(line.nextDeadline()).toBe(50);
    expect(line.head(50)).toBe(2_000);
    expect(dropped).toEqual(['two deadline_passed', 'one deadline_passed']);
    expect(line.nextDeadline()).toBeUndefined();
  });
});

describe('who is next', () => {
  test('L3: is the more urgent, until the other has waited as much longer as their classes are apart', () => {
    const { join, turns } = aLine();
    join('low', 0, { priority: 'low' });
    join('critical', 2_999, { priority: 'critical' });
    join('too late', 3_001, { priority: 'critical' });
    expect(turns(3, 3_001)).toEqual(['critical', 'low', 'too late']);
  });

  test('L3: at one rank is the more urgent', () => {
    const { join, turns } = aLine();
    join('normal', 0);
    join('high', 1_000, { priority: 'high' });
    expect(turns(2, 1_000)).toEqual(['high', 'normal']);
  });

  test('has a rank that can be told beforehand, and that other rules change', () => {
    const { line, join } = aLine();
    expect(line.head(0)).toBeUndefined();
    join('low', 7, { priority: 'low' });
    expect(line.head(7)).toBe(rankOf(7, 'low', 1_000));
    expect(rankOf(7, 'low', 1_000)).toBe(3_007);
    expect(rankOf(7, 'critical', 1_000)).toBe(7);
    line.adjust({ queueMost: 1, ageMs: 1 });
    expect(line.head(7)).toBe(10);
  });

  test('L2: is the first of its class and tenant, also when the clock was set back', () => {
    const { join, turns } = aLine();
    join('one', 1_000);
    expect(join('two', 500).arrival).toBe(1_000);
    join('three', 1_000);
    expect(turns(3, 1_000)).toEqual(['one', 'two', 'three']);
  });

  test('is of each tenant in turn, however many one of them has', () => {
    const { join, turns } = aLine();
    for (const work of ['a1', 'a2', 'a3', 'a4']) join(work, 0, { tenant: 'a' });
    join('b1', 1, { tenant: 'b' });
    expect(turns(2, 1)).toEqual(['a1', 'b1']);
    join('b2', 2, { tenant: 'b' });
    join('c1', 2, { tenant: 'c' });
    // Who comes anew begins now: it saved up no turns.
    expect(turns(5, 2)).toEqual(['c1', 'a2', 'b2', 'a3', 'a4']);
  });

  test('is of a tenant of weight 3 three times as often, whatever the tenant is called', () => {
    for (const heavy of ['heavy', '__proto__', 'constructor']) {
      const weights = Object.fromEntries([[heavy, 3]]);
      const { join, turns } = aLine({ weights });
      for (let at = 0; at < 40; at++) {
        join(heavy, 0, { tenant: heavy });
        join('light', 0, { tenant: 'toString' });
      }
      const had = turns(40, 0);
      expect(had.filter((work) => work === heavy)).toHaveLength(30);
      expect(had.slice(0, 20).filter((work) => work === heavy)).toHaveLength(15);
    }
  });

  test('is not of a tenant again that has just had its turns, though nobody of it waited meanwhile', () => {
    const { join, turns } = aLine();
    for (const work of ['a1', 'a2', 'a3']) join(work, 0, { tenant: 'a' });
    join('b1', 0, { tenant: 'b' });
    expect(turns(2, 0)).toEqual(['a1', 'b1']);
    join('b2', 0, { tenant: 'b' });
    expect(turns(3, 0)).toEqual(['a2', 'b2', 'a3']);
  });

  test('waits for its turn after a dear one, though it was idle while others had theirs', () => {
    const { join, turns } = aLine({ weights: { b: 0.25 } });
    for (const work of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6']) join(work, 0, { tenant: 'a' });
    join('b1', 0, { tenant: 'b' });
    expect(turns(3, 0)).toEqual(['a1', 'b1', 'a2']);
    join('b2', 0, { tenant: 'b' });
    expect(turns(5, 0)).toEqual(['a3', 'a4', 'a5', 'b2', 'a6']);
  });

  test('is as fair after thousands of turns, and of tenants that came and went', () => {
    const { line, join, turns } = aLine({ weights: { b: 0.5 } });
    join('a', 0, { tenant: 'a' });
    for (let at = 0; at < 1_500; at++) {
      for (let more = 0; more < 2; more++) join('a', 0, { tenant: 'a' });
      join('b', 0, { tenant: 'b' });
      line.leave(join('c', 0, { tenant: `c${at}` }));
      expect(turns(3, 0).sort()).toEqual(['a', 'a', 'b']);
    }
    for (let more = 0; more < 4; more++) join('a', 0, { tenant: 'a' });
    join('b', 0, { tenant: 'b' });
    while (line.take(0)?.work !== 'b');
    join('b', 0, { tenant: 'b' });
    expect(line.take(0)?.work).toBe('a');
  });

  test('begins anew with all others when the last one gave up, and not before', () => {
    const { line, join, turns } = aLine({ weights: { slow: 0.01 } });
    join('s1', 0, { tenant: 'slow' });
    const gone = join('a1', 0, { tenant: 'a' });
    const last = join('a2', 0, { tenant: 'a' });
    expect(turns(1, 0)).toEqual(['s1']);
    line.leave(gone);
    join('s2', 0, { tenant: 'slow' });
    join('c1', 0, { tenant: 'c' });
    expect(turns(1, 0)).toEqual(['a2']);
    expect(last.isWaiting).toBe(false);
    expect(turns(2, 0)).toEqual(['c1', 's2']);
    join('s3', 0, { tenant: 'slow' });
    const alone = join('d1', 0, { tenant: 'd' });
    expect(turns(1, 0)).toEqual(['s3']);
    line.leave(alone);
    join('s4', 0, { tenant: 'slow' });
    join('e1', 0, { tenant: 'e' });
    expect(turns(2, 0)).toEqual(['s4', 'e1']);
  });

  test('owes nothing to the time before all were served', () => {
    const { join, turns } = aLine({ weights: { slow: 0.01 } });
    join('s1', 0, { tenant: 'slow' });
    join('a1', 0, { tenant: 'a' });
    expect(turns(2, 0)).toEqual(['s1', 'a1']);
    join('s2', 0, { tenant: 'slow' });
    join('a2', 0, { tenant: 'a' });
    expect(turns(2, 0)).toEqual(['s2', 'a2']);
  });

  test('pays nothing for those who gave up', () => {
    const { line, join, turns } = aLine();
    const gone = ['a1', 'a2'].map((work) => join(work, 0, { tenant: 'a' }));
    join('a3', 0, { tenant: 'a' });
    join('b1', 0, { tenant: 'b' });
    join('b2', 0, { tenant: 'b' });
    for (const each of gone) line.leave(each);
    expect(turns(3, 0)).toEqual(['a3', 'b1', 'b2']);
  });
});

describe('the tenants of a class', () => {
  const placed = (tenant: string): Placed<number> => ({
    work: 0,
    priority: 'normal',
    tenant,
    arrival: 0,
    deadline: Number.POSITIVE_INFINITY,
    isWaiting: true,
    place: -1,
    inClass: undefined,
    inTenant: undefined,
    owner: undefined,
  });

  test('are forgotten when they matter no more', () => {
    const line = createClassLine<number>(() => 1);
    for (let at = 0; at < 3; at++) line.add(placed('busy'));
    for (let at = 0; at < 50; at++) line.add(placed(`once ${at}`));
    expect(line.tenants).toBe(51);
    for (let at = 0; at < 52; at++) line.serve(line.due()!);
    expect(line.depth).toBe(1);
    line.serve(line.due()!);
    line.add(placed('new'));
    expect(line.due()?.tenant).toBe('new');
    expect(line.tenants).toBe(1);
  });

  test('are forgotten at once when all of theirs gave up', () => {
    const line = createClassLine<number>(() => 1);
    line.add(placed('stays'));
    for (let at = 0; at < 5_000; at++) {
      const waiter = placed(`gives up ${at}`);
      line.add(waiter);
      line.remove(waiter);
    }
    expect(line.tenants).toBe(1);
  });

  test('are remembered up to a bound, though new ones come for ever', () => {
    const line = createClassLine<number>(() => 1);
    line.add(placed('stays'));
    line.add(placed('stays'));
    for (let at = 0; at < 5_000; at++) {
      line.add(placed(`once ${at}`));
      line.serve(line.due()!);
    }
    expect(line.tenants).toBeLessThanOrEqual(1_002);
    expect(line.depth).toBe(2);
  });
});
