import { afterEach, expect, test } from '@jest/globals';
import { createMemoryJobStore } from '../../../shared/adapters/memory/job-store.ts';
import { buryMessages } from '../../../shared/wiring/doors/bury-messages.ts';
import { aDoor, type HeldDoor } from '../../doors/a-door.ts';
import { denied, node, nodesOf, notesOf } from './pushed.ts';

let door: HeldDoor | undefined;
afterEach(() => door?.close());

test('a letter about a job that nobody knows is acknowledged, and the log says so', async () => {
  door = await aDoor(buryMessages);
  expect(await door.push(nodesOf('nobody', [0, 1]))).toBe(204);
  expect(notesOf(door)).toMatchObject([{ code: 'push_unknownJob', messageId: '7' }]);
});

test('a letter that could not be kept comes again', async () => {
  const store = createMemoryJobStore();
  let isDenied = false;
  door = await aDoor(buryMessages, { store: denied(store, () => isDenied) });
  const jobId = await door.submit([node('a')]);
  isDenied = true;
  expect(await door.push(nodesOf(jobId, [0, 1], [1, 1]))).toBe(503);
});

test('its nodes are published again: the letter is told with its number', async () => {
  door = await aDoor(buryMessages);
  const jobId = await door.submit([node('a')]);
  door.sent.length = 0;
  expect(await door.push(nodesOf(jobId, [0, 1]))).toBe(204);
  const { failure } = (await door.store.readAudit(jobId, 0, 9)).find(({ event }) => event === 'undeliverable')!;
  expect(JSON.stringify(failure)).toContain('message 7: ');
  expect(door.sent).toMatchObject([{ topic: 'breakwater-nodes', message: { jobId, nodes: [[0, 2]] } }]);
});
