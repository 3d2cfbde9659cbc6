import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parsePush } from '../../../shared/edge/push/parse-push.ts';
import { binaryHeaders, documented, envelope, frameworkEvent, text, withoutData } from './pushes.ts';

const parse = (body: unknown, headers: Record<string, string> = {}) => parsePush({ body, headers });
const because = (body: unknown, headers: Record<string, string> = {}) => {
  const push = parse(body, headers);
  return push.kind === 'unreadable' ? push.because : push.kind;
};

const message = {
  kind: 'message',
  text,
  attributes: { jobId: 'j1', priority: '5' },
  messageId: '1',
  publishedAt: Date.parse('2026-11-21T14:51:58.822Z'),
};
const { subscription } = envelope;

describe('a push', () => {
  test('is read from the envelope of Pub/Sub', () => {
    expect(parse(envelope)).toEqual({ ...message, subscription });
  });

  test('is read from text and bytes that nobody has parsed yet', () => {
    expect(parse(JSON.stringify(envelope))).toEqual({ ...message, subscription });
    expect(parse(Buffer.from(JSON.stringify(envelope)))).toEqual({ ...message, subscription });
  });

  test('says its delivery attempt where Pub/Sub does', () => {
    expect(parse(documented)).toEqual({ ...message, subscription, deliveryAttempt: 3 });
  });

  test('is read from the CloudEvent that the functions-framework makes of it', () => {
    expect(parse(frameworkEvent)).toEqual(message);
  });

  test('is read from a CloudEvent in binary mode', () => {
    expect(parse(documented, binaryHeaders)).toEqual({ ...message, subscription, deliveryAttempt: 3 });
  });

  test('is read from a CloudEvent in structured mode', () => {
    const event = { ...frameworkEvent, data: documented };
    expect(parse(event, { 'content-type': 'application/cloudevents+json' })).toMatchObject({
      text,
      deliveryAttempt: 3,
    });
  });

  test('without data has an empty text', () => {
    const { data: _, ...bare } = withoutData.message;
    for (const each of [withoutData, { ...withoutData, message: bare }]) {
      expect(parse(each)).toMatchObject({ kind: 'message', text: '', attributes: { only: 'attributes' } });
    }
  });
});

describe('a body that is no push', () => {
  test('is refused as a value, with the reason', () => {
    expect(['', 'hello', 'null', '[]', undefined, null, 7].map((body) => because(body))).toEqual(
      Array.from({ length: 7 }, () => 'bodyNotJson'),
    );
    expect(because({})).toBe('notAPush');
    expect(because({ message: 'x' })).toBe('notAPush');
    expect(because({ message: { data: 'eHg=' } })).toBe('notAPush');
    expect(because({ message: { ...envelope.message, data: 'not base64!' } })).toBe('dataNotBase64');
    expect(because({ message: { ...envelope.message, data: {} } })).toBe('dataNotBase64');
  });

  test('is refused when it is an event of another kind', () => {
    const type = 'google.cloud.storage.object.v1.finalized';
    expect(because({ ...frameworkEvent, type })).toBe('otherEvent');
    expect(because(envelope, { ...binaryHeaders, 'ce-type': type })).toBe('otherEvent');
  });

  test('never makes the reader throw', () => {
    fc.assert(fc.property(fc.anything(), (body) => because(body) !== undefined));
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (data) => because({ message: { ...envelope.message, data } as object }) !== undefined,
      ),
    );
  });
});
