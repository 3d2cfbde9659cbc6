import { describe, expect, test } from '@jest/globals';
import {
  created,
  decodeNamePlace,
  deleted,
  encodeNamePlace,
  found,
  type PolicyHistory,
  policyNameForm,
  updated,
} from '../../../shared/policy/named/index.ts';

const draft = (maxAttempts: number) => ({ body: { maxAttempts }, at: maxAttempts, by: 'ada' });

/** A history of so many versions, each allowing one attempt more. */
function aHistory(versions: number): PolicyHistory {
  let history = created(undefined, 'careful', draft(1)).after!;
  for (let seen = 1; seen < versions; seen++) history = updated(history, seen, draft(seen + 1)).after!;
  return history;
}

describe('the history of a policy', () => {
  test('a version is what was written, and the one before it stays as it was', () => {
    const two = aHistory(2);
    expect(two).toEqual({
      newest: 2,
      versions: [
        { name: 'careful', version: 1, ...draft(1) },
        { name: 'careful', version: 2, ...draft(2) },
      ],
    });
    expect([found(two)?.version, found(two, 1)?.version, found(two, 3)]).toEqual([2, 1, undefined]);
  });

  test('the same body with its keys in another order is the same', () => {
    const history = created(undefined, 'x', { ...draft(1), body: { delay: 5, maxAttempts: 2 } }).after;
    const again = updated(history, 1, { ...draft(1), body: { maxAttempts: 2, delay: 5 } });
    expect(again).toEqual({ verdict: { kind: 'unchanged', policy: history!.versions[0] } });
  });

  test('what an older version said may be said again, on the newest one', () => {
    expect(updated(aHistory(3), 3, draft(1)).verdict).toMatchObject({ kind: 'written', policy: { version: 4 } });
    expect(updated(aHistory(3), 1, draft(3)).verdict).toMatchObject({ kind: 'changed', newest: { version: 3 } });
  });

  test('a deletion leaves the number, and nothing else', () => {
    const gone = deleted(aHistory(3)).after;
    expect(gone).toEqual({ newest: 3, versions: [] });
    expect([deleted(gone).verdict, updated(gone, 3, draft(1)).verdict]).toEqual([
      { kind: 'unknown' },
      { kind: 'unknown' },
    ]);
    expect(created(gone, 'careful', draft(1)).verdict).toMatchObject({ kind: 'written', policy: { version: 4 } });
  });

  test('a token of a page is the name it ends with, and other texts are none', () => {
    expect(decodeNamePlace(encodeNamePlace('a.b-C_9'))).toBe('a.b-C_9');
    const others = ['', 'nonsense', Buffer.from('after ').toString('base64url'), encodeNamePlace('a/b')];
    expect(others.map(decodeNamePlace)).toEqual(others.map(() => undefined));
  });

  test('a name is one segment of a path and never two things to two stores', () => {
    const good = ['a', '9', 'a.b', 'A-b_c', 'x'.repeat(100)];
    const bad = ['', '.', '..', '-a', '_a', '__a__', 'a/b', 'a:b', 'a;b', 'a@3', 'ü', 'a b', 'x'.repeat(101)];
    expect(good.filter((name) => !policyNameForm.test(name))).toEqual([]);
    expect(bad.filter((name) => policyNameForm.test(name))).toEqual([]);
  });
});
