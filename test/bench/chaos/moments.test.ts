import { describe, expect, test } from '@jest/globals';
import type { AuditLine } from '../../../shared/jobs/index.ts';
import { retriesByDeath, retriesByLife } from './figures.ts';
import { lossesOf, progressAfter, retriesOf } from './moments.ts';

const line = (at: number, event: AuditLine['event'], rest: Partial<AuditLine> = {}): AuditLine => {
  return { seq: at, at, event, node: 'a', attempt: 1, ...rest };
};

const lost = [
  line(10, 'unblocked', { to: 'ready' }),
  line(20, 'claimed', { to: 'running', by: 'first' }),
  line(100, 'leaseLost', { to: 'ready' }),
  line(130, 'claimed', { to: 'running', by: 'second', attempt: 2 }),
  line(150, 'succeeded', { to: 'succeeded', attempt: 2 }),
];

describe('what is read from the audit', () => {
  test('a lost attempt counts from the death of who had claimed it to its loss, and to the next claim', () => {
    const deathOf = (owner: string) => (owner === 'first' ? 60 : undefined);
    expect(lossesOf(lost, deathOf)).toEqual([{ detectedMs: 40, progressMs: 70 }]);
  });

  test('the loss of an attempt whose executor nobody killed counts for nothing', () => {
    expect(lossesOf(lost, () => undefined)).toEqual([]);
  });

  test('a node that is never claimed again has made no progress', () => {
    expect(lossesOf(lost.slice(0, 3), () => 60)).toEqual([{ detectedMs: 40, progressMs: Infinity }]);
  });

  test('a retry is held against the line that said when it is due', () => {
    const lines = [
      line(5, 'claimed', { to: 'running', by: 'first' }),
      line(10, 'failed', { to: 'retrying', retryAt: 40 }),
      line(42, 'retryDue', { to: 'ready' }),
    ];
    expect(retriesOf(lines)).toEqual([{ setAt: 10, owner: 'first', dueAt: 40, firedAt: 42 }]);
  });

  test('after a signal, an attempt is done with when it ended, or when it was claimed again behind its return', () => {
    const [ready, claimed, , again] = lost;
    const back = line(70, 'released', { to: 'ready' });
    expect(progressAfter([ready!, claimed!, back, again!], 50)).toEqual([80]);
    expect(progressAfter([ready!, claimed!, line(55, 'succeeded', { to: 'succeeded' })], 50)).toEqual([5]);
    expect(progressAfter([ready!, claimed!, back, again!], 50, ({ by }) => by === 'second')).toEqual([]);
    expect(progressAfter(lost, 15)).toEqual([]);
  });

  test('a retry that falls due where no engine listens, or just before its end, is not held against its timer', () => {
    const lives = [{ startedAt: 0, listensAt: 100, signalledAt: 2_000 }];
    const due = (dueAt: number) => ({ setAt: 0, owner: 'first', dueAt, firedAt: dueAt });
    const { heard, unheard } = retriesByLife([due(50), due(100), due(1_740), due(1_760), due(2_100)], lives);
    expect(heard.map(({ dueAt }) => dueAt)).toEqual([100, 1_740]);
    expect(unheard.map(({ dueAt }) => dueAt)).toEqual([50, 1_760, 2_100]);
  });

  test('a retry whose engine dies right after it was set may have lost its alarm, and is not held against timers either', () => {
    const set = (setAt: number) => ({ setAt, owner: 'first', dueAt: setAt + 90, firedAt: setAt + 95 });
    const { heard, unheard } = retriesByDeath([set(100), set(700), set(1_100)], () => 1_000);
    expect(heard.map(({ setAt }) => setAt)).toEqual([100, 1_100]);
    expect(unheard.map(({ setAt }) => setAt)).toEqual([700]);
  });
});
