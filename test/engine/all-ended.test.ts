import { expect, test } from '@jest/globals';
import { CodedError } from '../../shared/core/error.ts';
import { allEnded } from '../../shared/engine/all-ended.ts';

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test('all are worked off before the first failure is told', async () => {
  const ended: string[] = [];
  const slow = soon()
    .then(soon)
    .then(() => void ended.push('slow'));
  const failing = Promise.reject(new Error('first'));
  const alsoFailing = soon().then(() => Promise.reject(new Error('second')));
  await expect(allEnded([slow, failing, alsoFailing])).rejects.toThrow('first');
  expect(ended).toEqual(['slow']);
});

test('nothing at all has ended', async () => {
  await expect(allEnded([])).resolves.toBeUndefined();
});

test('a failure that asking again may help is told before a job that nobody here can read', async () => {
  const unreadable = Promise.reject(new CodedError('store_too_new', 'a newer one wrote it'));
  const away = soon().then(() => Promise.reject(new CodedError('store_unavailable', 'it is away')));
  await expect(allEnded([unreadable, away])).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(allEnded([unreadable])).rejects.toMatchObject({ code: 'store_too_new' });
});
