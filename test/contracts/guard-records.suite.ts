import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BreakerSpec } from '../../shared/policy/breaker/index.ts';
import type { BulkheadSpec } from '../../shared/policy/bulkhead/index.ts';
import type { BreakerTransition, GuardChange, GuardLine, GuardRecords } from '../../shared/ports/index.ts';

export interface OpenGuardRecords {
  readonly records: GuardRecords;
  /** The same as a new process would meet them; themselves, when they do not outlive their process. */
  reopen(): GuardRecords | Promise<GuardRecords>;
  /** The same as another process has them at this moment, where there can be one. */
  another?(): GuardRecords | Promise<GuardRecords>;
  close(): void | Promise<void>;
}

/** What every GuardRecords promises. */
export function describeGuardRecords(name: string, open: () => OpenGuardRecords | Promise<OpenGuardRecords>): void {
  describe(`${name} as GuardRecords`, () => {
    let opened: OpenGuardRecords;
    let records: GuardRecords;

    beforeEach(async () => {
      opened = await open();
      ({ records } = opened);
    });
    afterEach(() => opened.close());

    const linesOf = async (guard: GuardLine['guard'], which: string) =>
      (await records.readLines(guard, which, 50)).lines;

    test('a change is there with its line, for a new process too', async () => {
      const change = ofBreaker(1, { spec: { failures: 3 } });
      expect(await records.changeBreaker(change)).toBe('stored');
      for (const open of [() => records, opened.reopen]) {
        records = await open();
        expect(await records.readAll()).toEqual({ breakers: [change.record], bulkheads: [] });
        expect(await linesOf('breaker', target)).toEqual([change.line]);
      }
    });

    test('a breaker and a bulkhead of one name are two guards', async () => {
      const [breaker, bulkhead] = [ofBreaker(1, { spec: { failures: 3 } }), ofBulkhead(1, { limit: 7 })];
      await records.changeBreaker(breaker);
      expect(await records.changeBulkhead(bulkhead)).toBe('stored');
      expect(await records.readAll()).toEqual({ breakers: [breaker.record], bulkheads: [bulkhead.record] });
      expect(await linesOf('bulkhead', target)).toEqual([bulkhead.line]);
    });

    test('a change on another revision than the stored one is a conflict, and leaves no line', async () => {
      const first = ofBreaker(1, { spec: { failures: 3 } });
      await records.changeBreaker(first);
      for (const revision of [1, 3]) {
        expect(await records.changeBreaker(ofBreaker(revision, { spec: { failures: 9 } }))).toBe('conflict');
        expect(await records.changeBulkhead(ofBulkhead(revision + 1, { limit: 9 }))).toBe('conflict');
      }
      expect(await records.readAll()).toEqual({ breakers: [first.record], bulkheads: [] });
      expect(await linesOf('breaker', target)).toEqual([first.line]);
    });

    test('of several changes on one revision exactly one is stored', async () => {
      await records.changeBulkhead(ofBulkhead(1, { limit: 1 }));
      const answers = await Promise.all([2, 3, 4].map((limit) => records.changeBulkhead(ofBulkhead(2, { limit }))));
      expect(answers.toSorted()).toEqual(['conflict', 'conflict', 'stored']);
      const { bulkheads } = await records.readAll();
      expect(bulkheads).toMatchObject([{ revision: 2, spec: { limit: answers.indexOf('stored') + 2 } }]);
      expect(await linesOf('bulkhead', target)).toHaveLength(2);
    });

    test('what another process has changed is read, also where it was read before', async () => {
      const other = (await opened.another?.()) ?? records;
      await records.changeBreaker(ofBreaker(1, { spec: { failures: 3 } }));
      expect((await other.readAll()).breakers).toHaveLength(1);
      await records.changeBreaker(ofBreaker(2, { spec: { failures: 4 } }));
      expect((await other.readAll()).breakers).toMatchObject([{ revision: 2, spec: { failures: 4 } }]);
      expect((await other.readAll()).breakers).toMatchObject([{ revision: 2, spec: { failures: 4 } }]);
    });

    test('every guard is read, whatever its name', async () => {
      const names = ['http:https://api.example.com/v1?a=b', 'topic:orders', 'ünïcode and spaces', '__x__', '.', 'a'];
      for (const each of names) expect(await records.changeBreaker(ofBreaker(1, {}, each))).toBe('stored');
      const { breakers } = await records.readAll();
      expect(breakers.map((each) => each.name).toSorted()).toEqual(names.toSorted());
      for (const each of names) expect(await linesOf('breaker', each)).toMatchObject([{ name: each }]);
    });

    test('a transition is a line, and the last one of a breaker is known until it is closed', async () => {
      const opening = aTransition(4, { at: 100.5 });
      await records.keepTransitions([opening]);
      records = await opened.reopen();
      expect(await records.lastTransitions()).toEqual([opening]);
      expect(await linesOf('breaker', target)).toEqual([
        {
          guard: 'breaker',
          name: target,
          at: 100.5,
          by: 'engine-1',
          action: 'transition',
          because: '5 failures in a row',
          before: 'closed',
          after: 'open',
          number: 4,
        },
      ]);
      const probing = aTransition(5, { at: 200, from: 'open', to: 'half_open' });
      await records.keepTransitions([probing, aTransition(1, { name: 'topic:orders' })]);
      expect((await records.lastTransitions()).map(({ name: each, to }) => `${each} ${to}`).toSorted()).toEqual([
        `${target} half_open`,
        'topic:orders open',
      ]);
      await records.keepTransitions([aTransition(6, { at: 300, from: 'half_open', to: 'closed' })]);
      expect((await records.lastTransitions()).map((each) => each.name)).toEqual(['topic:orders']);
    });

    test('a transition that is told again, by whomever and however late, is one', async () => {
      const story = [
        aTransition(1, { at: 100 }),
        aTransition(2, { at: 200, from: 'open', to: 'half_open' }),
        aTransition(3, { at: 200, from: 'half_open', to: 'closed' }),
      ];
      await records.keepTransitions(story);
      await records.keepTransitions([story[1]!, story[0]!, story[0]!]);
      expect(await linesOf('breaker', target)).toHaveLength(3);
      expect(await records.lastTransitions()).toEqual([]);
    });

    test('several who tell of transitions at once lose none', async () => {
      const all = Array.from({ length: 12 }, (_, at) => aTransition(at + 1, { at: at * 10 }));
      await Promise.all([0, 1, 2].map((each) => records.keepTransitions(all.filter((_, at) => at % 3 === each))));
      expect(await linesOf('breaker', target)).toHaveLength(12);
      expect(await records.lastTransitions()).toEqual([all.at(-1)]);
    });

    test('of several who tell at once the one with the latest may be the first, and it stays the last', async () => {
      const names = Array.from({ length: 8 }, (_, at) => `topic:${at}`);
      await Promise.all(
        names.flatMap((name) => [3, 2, 1].map((at) => records.keepTransitions([aTransition(at, { name })]))),
      );
      const last = await records.lastTransitions();
      expect(last.map(({ version }) => version)).toEqual(names.map(() => 3));
    });

    test('a version that begins anew, since a hot store was lost, is another transition and the later one', async () => {
      await records.keepTransitions([aTransition(7, { at: 100, from: 'half_open', to: 'closed' })]);
      const later = aTransition(7, { at: 500 });
      await records.keepTransitions([later]);
      expect(await linesOf('breaker', target)).toHaveLength(2);
      expect(await records.lastTransitions()).toEqual([later]);
    });

    test('a reset leaves nothing of an opening before it, also of one that is told afterwards', async () => {
      const opening = aTransition(1, { at: 9_000 });
      await records.keepTransitions([opening]);
      const reset = ofBreaker(1, { resetAt: 5_000 }, target, 'reset', 5_000);
      expect(await records.changeBreaker(reset)).toBe('stored');
      expect(await records.lastTransitions()).toEqual([]);
      await records.keepTransitions([opening]);
      expect(await records.lastTransitions()).toEqual([]);
      const next = aTransition(2, { at: 9_001 });
      await records.keepTransitions([next]);
      expect(await records.lastTransitions()).toEqual([next]);
    });

    test('a reset that is a conflict leaves the opening', async () => {
      await records.keepTransitions([aTransition(1)]);
      expect(await records.changeBreaker(ofBreaker(2, {}, target, 'reset'))).toBe('conflict');
      expect(await records.lastTransitions()).toHaveLength(1);
    });

    test('lines are read newest first, in pages that hold whatever comes meanwhile', async () => {
      for (const at of [1, 2, 3, 4, 5]) await records.keepTransitions([aTransition(at, { at: Math.floor(at / 2) })]);
      await records.keepTransitions([aTransition(9, { name: 'topic:orders' })]);
      const first = await records.readLines('breaker', target, 2);
      expect(first.lines.map(({ number }) => number)).toEqual([5, 4]);
      await records.keepTransitions([aTransition(6, { at: 100 })]);
      const second = await records.readLines('breaker', target, 2, first.next);
      expect(second.lines.map(({ number }) => number)).toEqual([3, 2]);
      const last = await records.readLines('breaker', target, 2, second.next);
      expect(last).toMatchObject({ lines: [{ number: 1 }] });
      expect(last.next).toBeUndefined();
    });

    test('of a guard that nobody has touched there is nothing, and a place that is none is a coded error', async () => {
      expect(await records.readAll()).toEqual({ breakers: [], bulkheads: [] });
      expect(await records.lastTransitions()).toEqual([]);
      expect(await records.readLines('breaker', target, 5)).toEqual({ lines: [] });
      const asked = records.readLines('breaker', target, 5, 'nonsense');
      await expect(asked).rejects.toMatchObject({ code: 'page_token_invalid' });
    });
  });
}

const target = 'http:https://api.example.com';

function aTransition(version: number, more: Partial<BreakerTransition> = {}): BreakerTransition {
  const what = { name: target, from: 'closed', to: 'open', because: '5 failures in a row' } as const;
  return { ...what, version, at: version * 10, instance: 'engine-1', ...more };
}

function ofBreaker(
  revision: number,
  more: Partial<GuardChange<BreakerSpec>['record']>,
  name = target,
  action: GuardLine['action'] = 'configured',
  at = revision * 1_000,
): GuardChange<BreakerSpec> {
  const record = { name, revision, changedAt: at, changedBy: 'operator:ada', ...more };
  return { record, line: aLine('breaker', name, revision, action, at) };
}

function ofBulkhead(revision: number, spec: BulkheadSpec): GuardChange<BulkheadSpec> {
  const at = revision * 1_000;
  const record = { name: target, revision, spec, changedAt: at, changedBy: 'operator:ada' };
  return { record, line: aLine('bulkhead', target, revision, 'configured', at) };
}

function aLine(guard: GuardLine['guard'], name: string, number: number, action: GuardLine['action'], at: number) {
  return { guard, name, at, by: 'operator:ada', action, because: 'asked for', number };
}
