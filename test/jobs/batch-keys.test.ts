import { expect, test } from '@jest/globals';
import { batchRules, hasDone } from '../../shared/jobs/batch/index.ts';
import { applyToDraft, closeDraft, openDraft } from '../../shared/jobs/index.ts';
import { claim, fail, jobOf, node, play, submittedAt } from './a-story.ts';

test('J9: a batch that retries many nodes of a job now does not make it forget the requests of others', () => {
  const nodes = Array.from({ length: 60 }, (_, at) =>
    node(`n${at}`, [], { retry: { strategy: 'fixed', delay: '1h' } }),
  );
  const waiting = play(jobOf(...nodes), [
    [0, { kind: 'checkpointed', name: 'mine', by: 'ann', request: 'of-ann' }],
    ...nodes.flatMap((_, at) => [[1, claim(at)] as const, [2, fail(at)] as const]),
  ]);
  const { events } = batchRules['retry-now'];
  const made = events.of === 'thisJob' ? events.make(waiting, { by: 'ann', request: 'batch:b' }) : [];
  if ('kind' in made) throw new Error('refused');
  const draft = openDraft(waiting, submittedAt + 10);
  expect(made.map((event) => applyToDraft(draft, event).kind)).toEqual(nodes.map(() => 'applied'));
  const { after } = closeDraft(draft);
  expect(after.header.requests?.map(({ key }) => key)).toEqual(['of-ann', 'batch:b']);
  expect(hasDone(after, 'batch:b')).toBe(true);
});
