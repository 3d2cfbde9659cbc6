import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../shared/core/clock.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { showProgress } from '../../../shared/edge/cli/show-progress.ts';
import { aJob } from '../../support/a-job.ts';
import { aStream, turnOrAbort } from './a-world.ts';

const clock: Clock = { now: () => 5_000, sleep: (_, signal) => turnOrAbort(signal) };
const final = () => aJob().withHeader({ state: 'completed', endedAt: 5_000 }).build();

describe('the display of a run', () => {
  test('goes on with the next look when one fails', async () => {
    const looks = [
      () => Promise.reject(new CodedError('store_unavailable', 'the store is away')),
      async () => aJob().build(),
      () => Promise.reject(new CodedError('store_unavailable', 'the store is away')),
      async () => final(),
    ];
    let taken = 0;
    await showProgress(aStream(), clock, () => looks[taken++]!(), new AbortController().signal);
    expect(taken).toBe(4);
  });

  test('ends with the run although a look hangs', async () => {
    const over = new AbortController();
    const shown = showProgress(aStream(), clock, () => new Promise(() => {}), over.signal);
    await turnOrAbort(undefined);
    over.abort();
    await expect(shown).resolves.toBeUndefined();
  });
});
