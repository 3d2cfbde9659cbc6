import { describe, expect, test } from '@jest/globals';
import { createSeats, type Seat, type Seats } from '../../../shared/wiring/fleet/seats.ts';

const never = () => new AbortController().signal;

function seatsFor(perInstance: number, ...instances: readonly string[]): Seats<string> {
  const seats = createSeats<string>(perInstance);
  for (const instance of instances) seats.add(instance);
  return seats;
}

/** What has become of it by now. */
async function now(taking: Promise<Seat<string> | undefined>): Promise<string> {
  const turn = new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits')));
  const seat = await Promise.race([taking, turn]);
  return seat === 'waits' ? seat : (seat?.instance ?? 'refused');
}

describe('the seats of a door', () => {
  test('are given to the instances in turn', async () => {
    const seats = seatsFor(10, 'a', 'b', 'c');
    const given: string[] = [];
    for (let request = 0; request < 6; request++) given.push(await now(seats.take(never())));
    expect(given.slice(0, 3).sort()).toEqual(['a', 'b', 'c']);
    expect(given.slice(3)).toEqual(given.slice(0, 3));
  });

  test('of an instance that is full are not given, while another one has some', async () => {
    const seats = seatsFor(1, 'a', 'b');
    const first = (await seats.take(never()))!;
    const second = (await seats.take(never()))!;
    first.leave();
    expect(await now(seats.take(never()))).toBe(first.instance);
    expect(second.instance).not.toBe(first.instance);
  });

  test('that are all taken are waited for, and given in the order in which they were asked for', async () => {
    const seats = seatsFor(1, 'a');
    const sitting = (await seats.take(never()))!;
    const [second, third] = [seats.take(never()), seats.take(never())];
    expect([await now(second), await now(third)]).toEqual(['waits', 'waits']);
    sitting.leave();
    expect([await now(second), await now(third)]).toEqual(['a', 'waits']);
    (await second)!.leave();
    expect(await now(third)).toBe('a');
  });

  test('are not waited for any more once the request is over', async () => {
    const seats = seatsFor(1, 'a');
    const sitting = (await seats.take(never()))!;
    const over = new AbortController();
    const given = seats.take(over.signal);
    const next = seats.take(never());
    over.abort();
    expect(await now(given)).toBe('refused');
    sitting.leave();
    expect(await now(next)).toBe('a');
  });

  test('are refused at once where no instance is there', async () => {
    expect(await now(createSeats<string>(1).take(never()))).toBe('refused');
  });

  test('are refused to all who wait when the last instance goes', async () => {
    const seats = seatsFor(1, 'a');
    await seats.take(never());
    const waiting = [seats.take(never()), seats.take(never())];
    seats.remove('a');
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  });

  test('of a new instance go to those who wait', async () => {
    const seats = seatsFor(1, 'a');
    await seats.take(never());
    const waiting = seats.take(never());
    seats.add('b');
    expect(await now(waiting)).toBe('b');
  });

  test('that are left after their instance has gone are not given again', async () => {
    const seats = seatsFor(1, 'a', 'b');
    const first = (await seats.take(never()))!;
    await seats.take(never());
    seats.remove(first.instance);
    const waiting = seats.take(never());
    first.leave();
    expect(await now(waiting)).toBe('waits');
  });
});
