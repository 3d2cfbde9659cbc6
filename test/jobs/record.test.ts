import { describe, expect, test } from '@jest/globals';
import { fingerprintOf } from '../../shared/jobs/index.ts';
import { decodePageToken, encodePageToken } from '../../shared/jobs/record/listing.ts';
import {
  auditBecomesChunk,
  decodePage,
  encodePage,
  pageIsInline,
  pagesToWrite,
  recountBlocked,
  resultsApart,
} from '../../shared/jobs/record/record.ts';
import { aJob, blockedItem, running, succeeded } from '../support/a-job.ts';

describe('the stored form of a job', () => {
  const none = new Map<number, string>();

  test('a page comes back as it was, but for the counts of blocked nodes', () => {
    const page = {
      dueAt: 5_000.125,
      alarmAt: Infinity,
      nodes: [succeeded({ a: [1] }), running, { ...blockedItem, unsettled: 3 }],
    };
    const nodes = [...page.nodes.slice(0, 2), blockedItem];
    expect(decodePage(encodePage(page), 0, none)).toEqual({ dueAt: 5_000.125, alarmAt: Infinity, nodes });
  });

  test('a page that is never due comes back never due', () => {
    expect(decodePage(encodePage({ dueAt: Infinity, alarmAt: Infinity, nodes: [] }), 0, none)).toEqual({
      dueAt: Infinity,
      alarmAt: Infinity,
      nodes: [],
    });
  });

  test('a page written after another one is the same text as one written alone', () => {
    const before = { dueAt: 1, alarmAt: Infinity, nodes: [succeeded(1), running, running, blockedItem] };
    encodePage(before);
    const after = {
      dueAt: 2,
      alarmAt: Infinity,
      nodes: [before.nodes[0]!, succeeded('x'.repeat(2_000)), running, running, blockedItem],
    };
    expect(encodePage(after, before)).toBe(encodePage(structuredClone(after)));
  });

  test('a large result lies apart and finds its node again, from any page', () => {
    const page = { dueAt: Infinity, alarmAt: Infinity, nodes: [succeeded('small'), succeeded('x'.repeat(2_000))] };
    const first = aJob().withNodes(200).build().pages[0]!;
    const apart = resultsApart([first, page]);
    expect([...apart.keys()]).toEqual([201]);
    expect(encodePage(page).length).toBeLessThan(600);
    expect(decodePage(encodePage(page), 200, apart)).toEqual(page);
  });

  test('a result lies apart above the limit, not at it', () => {
    const textOf = (chars: number) => [
      ...resultsApart([{ dueAt: 1, alarmAt: Infinity, nodes: [succeeded('x'.repeat(chars - 2))] }]),
    ];
    expect([textOf(1_024).length, textOf(1_025).length]).toEqual([0, 1]);
  });

  test('blocked nodes are counted from their dependencies, and items of a map not at all', () => {
    const { spec } = aJob().withNode('a').withNode('b').withNode('c', 'a', 'b').build();
    const nodes = [succeeded(1), running, blockedItem, blockedItem];
    const counted = recountBlocked({ spec, pages: [{ dueAt: 1, alarmAt: Infinity, nodes }] });
    expect(counted[0]?.nodes.slice(2)).toEqual([{ state: 'blocked', unsettled: 1, succeeded: 1 }, blockedItem]);
  });

  test('audit becomes a chunk with many lines at once, or when enough have come together', () => {
    const became = [
      auditBecomesChunk(0, 31),
      auditBecomesChunk(0, 32),
      auditBecomesChunk(60, 63),
      auditBecomesChunk(60, 64),
    ];
    expect(became).toEqual([false, true, false, true]);
  });

  test('the first page is written with the commit that makes a second one', () => {
    const [small, large] = [aJob().withNodes(200).build(), aJob().withNodes(201).build()];
    expect([pageIsInline(small.pages), pageIsInline(large.pages)]).toEqual([true, false]);
    expect(pagesToWrite(small, large, [1])).toEqual([0, 1]);
    expect(pagesToWrite(small, large, [0, 1])).toEqual([0, 1]);
    expect(pagesToWrite(large, large, [1])).toEqual([1]);
  });
});

describe('how jobs are told apart in lists', () => {
  test('equal specs have equal fingerprints whatever the order of their keys', () => {
    const [one, two, other] = [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
      { a: 1, b: [3] },
    ].map((input) => fingerprintOf(aJob().withInput(input).build().spec));
    expect(one).toBe(two);
    expect(one).not.toBe(other);
  });

  test('a page token gives its place back, and what is none gives none', () => {
    const place = { submittedAt: 1_763_712_345_678.125, jobId: 'job/1 ü' };
    expect(decodePageToken(encodePageToken(place))).toEqual(place);
    for (const token of ['', 'x', encodePageToken(place).slice(4), btoa('[1]'), btoa('{}'), btoa('null')]) {
      expect(decodePageToken(token)).toBeUndefined();
    }
  });
});
