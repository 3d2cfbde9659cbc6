import { describe, expect, test } from '@jest/globals';
import { httpFailures } from '../../../shared/adapters/http/failures.ts';
import { topicFailures } from '../../../shared/adapters/pubsub/topics.ts';
import { failureTable, knownRetryable } from '../../../shared/policy/retry/index.ts';

describe('the table of failures', () => {
  test('names nothing twice', () => {
    const all = failureTable.flatMap(({ by, of }) => of.map((each) => `${by} ${each}`));
    expect(all).toEqual([...new Set(all)]);
  });

  test('knows every way in which a call over HTTP can go wrong', () => {
    expect(Object.keys(httpFailures).filter((code) => knownRetryable({ code }) === undefined)).toEqual([]);
  });

  test('says the same of messages to topics as those who send them', () => {
    const said = Object.entries(topicFailures).map(([code, { retryable }]) => [code, retryable]);
    expect(Object.keys(topicFailures).map((code) => [code, knownRetryable({ code })])).toEqual(said);
  });

  test('knows no failure that it does not name, whatever it is called', () => {
    for (const code of ['odd', '', 'http_600', 'http_200', 'http_', 'http_5xx', '503', 'constructor', 'code timeout'])
      expect([code, knownRetryable({ code })]).toEqual([code, undefined]);
  });
});
