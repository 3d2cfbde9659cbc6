import { afterEach, expect, test } from '@jest/globals';
import { runNodes } from '../../../shared/wiring/doors/run-nodes.ts';
import { aDoor, type HeldDoor } from '../../doors/a-door.ts';
import { node, nodesOf } from './pushed.ts';

let door: HeldDoor | undefined;
afterEach(() => door?.close());

const ofPush = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ofMessage = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test("what a message's nodes publish carries the message's trace, not that of its push", async () => {
  door = await aDoor(runNodes);
  const wide = Array.from({ length: 101 }, (_, at) => node(`n${at}`, 'a'));
  const jobId = await door.submit([node('a'), ...wide]);
  door.sent.length = 0;
  const data = Buffer.from(JSON.stringify(nodesOf(jobId, [0, 1]))).toString('base64');
  const message = { data, messageId: '7', attributes: { traceparent: ofMessage } };
  const body = JSON.stringify({ subscription: 's', message });
  const { status } = await door.request('/', { method: 'POST', headers: { traceparent: ofPush }, body });
  expect(status).toBe(204);
  expect(door.sent.map(({ attributes }) => attributes['traceparent'])).toEqual([ofMessage]);
});
