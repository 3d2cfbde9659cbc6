import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudEvent, http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PushRequest, parsePush } from '../../../shared/edge/push/parse-push.ts';
import { binaryHeaders, envelope, frameworkEvent, text, withoutData } from './pushes.ts';

/** The real functions-framework with a function of each signature; what they are given is kept. */
const given: PushRequest[] = [];
const servers = new Map<string, Server>();

beforeAll(async () => {
  http('takesHttp', ({ body, headers }, response) => {
    given.push({ body, headers });
    response.status(204).end();
  });
  cloudEvent<unknown>('takesEvents', (event: unknown) => {
    given.push({ body: event, headers: {} });
  });
  for (const name of ['takesHttp', 'takesEvents']) {
    const server = getTestServer(name);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.set(name, server);
  }
});
afterAll(() => {
  for (const server of servers.values()) server.close().closeAllConnections();
});

async function arrives(name: string, body: unknown, headers: Record<string, string>) {
  const { port } = servers.get(name)!.address() as AddressInfo;
  given.length = 0;
  // A path like the one the framework reads a topic from.
  await fetch(`http://127.0.0.1:${port}/projects/dev/topics/topic-one`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  expect(given).toHaveLength(1);
  return parsePush(given[0]!);
}

const json = { 'content-type': 'application/json' };
const structured = { 'content-type': 'application/cloudevents+json' };

for (const name of ['takesHttp', 'takesEvents']) {
  test.each<[string, unknown, Record<string, string>]>([
    ['a push', envelope, json],
    ['a CloudEvent in binary mode', envelope, binaryHeaders],
    ['a CloudEvent in structured mode', frameworkEvent, structured],
  ])(`a function that ${name} reads %s`, async (_, body, headers) => {
    expect(await arrives(name, body, headers)).toMatchObject({
      kind: 'message',
      text,
      messageId: '1',
      attributes: { jobId: 'j1' },
    });
  });

  test(`a function that ${name} reads a message without data`, async () => {
    expect(await arrives(name, withoutData, json)).toMatchObject({
      kind: 'message',
      text: '',
      attributes: { only: 'attributes' },
    });
  });
}

test('a function that takesHttp reads a push that came as plain text', async () => {
  expect(await arrives('takesHttp', envelope, { 'content-type': 'text/plain' })).toMatchObject({
    kind: 'message',
    text,
  });
});
