import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type PolicyDraft, policyLimits } from '../../shared/policy/named/index.ts';
import type { Policies } from '../../shared/ports/index.ts';

export interface OpenPolicies {
  readonly policies: Policies;
  /** The same as a new process would meet them; themselves, when they do not outlive their process. */
  reopen(): Policies | Promise<Policies>;
  close(): void | Promise<void>;
}

/** What every Policies promises. */
export function describePolicies(name: string, open: () => OpenPolicies | Promise<OpenPolicies>): void {
  describe(`${name} as Policies`, () => {
    let opened: OpenPolicies;
    let policies: Policies;

    beforeEach(async () => {
      opened = await open();
      policies = opened.policies;
    });
    afterEach(() => opened.close());

    const create = (policy: string, attempts = 1) => policies.create('retry', policy, aDraft(attempts));
    const update = (policy: string, seen: number, attempts: number) =>
      policies.update('retry', policy, seen, aDraft(attempts));
    const numbersOf = async (policy: string) =>
      (await policies.versions('retry', policy)).map(({ version }) => version);
    const allNames = async (size: number) => {
      const pages: string[][] = [];
      for (let pageToken: string | undefined; ; ) {
        const page = await policies.list('retry', pageToken === undefined ? { size } : { size, pageToken });
        pages.push(page.policies.map(({ name: each }) => each));
        if (page.nextPageToken === undefined) return pages;
        pageToken = page.nextPageToken;
      }
    };

    test('what was created is there as version 1, for a new process too', async () => {
      const body = { delay: 0.5, text: 'ü "\\n" \u{1f6a2}', list: [1, null, { a: true }] };
      const policy = { name: 'careful', version: 1, body, at: 1_000.25, by: 'ada' };
      const written = await policies.create('retry', 'careful', { body, at: 1_000.25, by: 'ada' });
      expect(written).toEqual({ kind: 'written', policy });
      policies = await opened.reopen();
      expect(await policies.get('retry', 'careful')).toEqual(policy);
      expect(await policies.get('retry', 'careful', 1)).toEqual(policy);
    });

    test('what is not there is undefined: a name, a version, a name of another kind', async () => {
      await create('careful');
      expect(await policies.get('retry', 'other')).toBeUndefined();
      expect(await policies.get('retry', 'careful', 2)).toBeUndefined();
      expect(await policies.get('recovery', 'careful')).toBeUndefined();
      expect(await policies.versions('retry', 'other')).toEqual([]);
      expect(await policies.list('recovery', { size: 5 })).toEqual({ policies: [] });
    });

    test('a name that is taken is refused and stays as it is', async () => {
      await create('careful', 1);
      expect(await create('careful', 9)).toEqual({ kind: 'taken', newest: aVersion('careful', 1, 1) });
      expect(await policies.get('retry', 'careful')).toEqual(aVersion('careful', 1, 1));
      expect(await policies.create('recovery', 'careful', aDraft(2))).toMatchObject({ kind: 'written' });
    });

    test('an update makes the next version and leaves the earlier ones as they were', async () => {
      await create('careful', 1);
      expect(await update('careful', 1, 2)).toEqual({ kind: 'written', policy: aVersion('careful', 2, 2) });
      expect(await update('careful', 2, 3)).toEqual({ kind: 'written', policy: aVersion('careful', 3, 3) });
      policies = await opened.reopen();
      expect(await policies.get('retry', 'careful')).toEqual(aVersion('careful', 3, 3));
      expect(await policies.versions('retry', 'careful')).toEqual([3, 2, 1].map((at) => aVersion('careful', at, at)));
      expect(await policies.get('retry', 'careful', 1)).toEqual(aVersion('careful', 1, 1));
    });

    test('an update on another version than the newest is told which that is, and writes nothing', async () => {
      await create('careful', 1);
      await update('careful', 1, 2);
      for (const seen of [0, 1, 3])
        expect(await update('careful', seen, 9)).toEqual({ kind: 'changed', newest: aVersion('careful', 2, 2) });
      expect(await numbersOf('careful')).toEqual([2, 1]);
      expect(await update('other', 1, 9)).toEqual({ kind: 'unknown' });
    });

    test('an update that was not answered can be asked for again: it is there once', async () => {
      await create('careful', 1);
      await update('careful', 1, 2);
      expect(await update('careful', 1, 2)).toEqual({ kind: 'unchanged', policy: aVersion('careful', 2, 2) });
      expect(await update('careful', 2, 2)).toEqual({ kind: 'unchanged', policy: aVersion('careful', 2, 2) });
      expect(await numbersOf('careful')).toEqual([2, 1]);
    });

    test('of many who create one name at the same time exactly one does, and all others are told its version', async () => {
      const verdicts = await Promise.all([1, 2, 3, 4, 5, 6].map((at) => create('careful', at)));
      const won = verdicts.flatMap((each) => (each.kind === 'written' ? [each.policy] : []));
      expect(won).toHaveLength(1);
      expect(verdicts.flatMap((each) => (each.kind === 'taken' ? [each.newest] : []))).toEqual(Array(5).fill(won[0]));
      expect(await policies.get('retry', 'careful')).toEqual(won[0]);
    });

    test('of many who update one version at the same time exactly one does', async () => {
      await create('careful', 1);
      const verdicts = await Promise.all([2, 3, 4, 5].map((attempts) => update('careful', 1, attempts)));
      expect(verdicts.map(({ kind }) => kind).toSorted()).toEqual(['changed', 'changed', 'changed', 'written']);
      expect(await numbersOf('careful')).toEqual([2, 1]);
    });

    test('what was deleted is gone with all its versions, and made anew it has the next number', async () => {
      await create('careful', 1);
      await update('careful', 1, 2);
      expect(await policies.delete('retry', 'careful')).toEqual({ kind: 'deleted', newest: aVersion('careful', 2, 2) });
      policies = await opened.reopen();
      expect(await policies.get('retry', 'careful')).toBeUndefined();
      expect(await policies.get('retry', 'careful', 2)).toBeUndefined();
      expect([await numbersOf('careful'), await allNames(5)]).toEqual([[], [[]]]);
      expect(await policies.delete('retry', 'careful')).toEqual({ kind: 'unknown' });
      expect(await update('careful', 2, 3)).toEqual({ kind: 'unknown' });
      expect(await create('careful', 7)).toEqual({ kind: 'written', policy: aVersion('careful', 3, 7) });
      expect(await numbersOf('careful')).toEqual([3]);
    });

    test('a deletion on another version than the newest deletes nothing', async () => {
      await create('careful', 1);
      await update('careful', 1, 2);
      expect(await policies.delete('retry', 'careful', 1)).toEqual({
        kind: 'changed',
        newest: aVersion('careful', 2, 2),
      });
      expect(await policies.delete('retry', 'careful', 2)).toMatchObject({ kind: 'deleted' });
    });

    test('the list has the newest of each name, in their order, in pages that deletions leave whole', async () => {
      const names = ['b', 'a.b', 'Z', 'a', 'a-b', 'a_b', '9', 'c', 'd'];
      for (const each of names) await create(each, 1);
      await update('b', 1, 2);
      await policies.create('retry2', 'a', aDraft(1));
      for (const each of ['a', 'a.b', 'c']) await policies.delete('retry', each);
      const left = ['9', 'Z', 'a-b', 'a_b', 'b', 'd'];
      expect(await allNames(50)).toEqual([left]);
      expect(await allNames(2)).toEqual([left.slice(0, 2), left.slice(2, 4), left.slice(4)]);
      expect((await policies.list('retry', { size: 50 })).policies[4]).toEqual(aVersion('b', 2, 2));
    });

    test('names that come meanwhile move nothing, and what is no page token is told so', async () => {
      for (const each of ['a', 'b', 'c']) await create(each);
      const { nextPageToken } = await policies.list('retry', { size: 2 });
      await create('aa');
      const rest = await policies.list('retry', { size: 2, pageToken: nextPageToken! });
      expect(rest.policies.map(({ name: each }) => each)).toEqual(['c']);
      await expect(policies.list('retry', { size: 2, pageToken: 'nonsense' })).rejects.toMatchObject({
        code: 'page_token_invalid',
      });
    });

    test('of the largest policy the newest versions are kept, and the oldest are forgotten', async () => {
      const large = (attempts: number) => ({ maxAttempts: attempts, text: 'x'.repeat(policyLimits.bytes - 40) });
      await policies.create('retry', 'large', { ...aDraft(1), body: large(1) });
      const last = policyLimits.versionsKept + 1;
      for (let seen = 1; seen < last; seen++)
        await policies.update('retry', 'large', seen, { ...aDraft(1), body: large(seen + 1) });
      const numbers = await numbersOf('large');
      expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([policyLimits.versionsKept, last, 2]);
      expect(await policies.get('retry', 'large', 1)).toBeUndefined();
      expect((await policies.get('retry', 'large', 2))?.body).toEqual(large(2));
    });
  });
}

const aDraft = (maxAttempts: number): PolicyDraft => ({ body: { maxAttempts }, at: 5, by: 'test' });

const aVersion = (name: string, version: number, maxAttempts: number) => ({ name, version, ...aDraft(maxAttempts) });
