import { describe, expect, test } from '@jest/globals';
import { aSealedAudit } from '../../support/a-sealed-audit.ts';
import { jsonReply, runIn } from './a-world.ts';

const { job, lines } = aSealedAudit();
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');

describe('breakwater audit', () => {
  test('tells each line: its number, when, what, which node and attempt, what came of it, why, and by whom', async () => {
    const { code, out } = await runIn({ fetch: () => inPieces(text, 1_000) }, 'audit', 'job-1');
    expect(code).toBe(0);
    const told = out.split('\n');
    expect(told).toHaveLength(lines.length + 1);
    expect(told.slice(0, 3)).toEqual([
      '    1  1970-01-01T00:00:01.000Z  submitted',
      '    2  1970-01-01T00:00:01.000Z  unblocked  a  → ready  job queued',
      '    3  1970-01-01T00:00:01.000Z  claimed  a  attempt 1  → running  by engine-1  job running',
    ]);
    expect(told[3]).toMatch(
      /^ {4}4 .* {2}failed {2}a {2}attempt 1 {2}→ ready {2}broken: the cup — ☕ — broke {2}.*job queued$/,
    );
  });

  test('tells when a retry is due and why a node was given up', async () => {
    const line = { seq: 7, at: 0, event: 'failed', node: 'a', attempt: 2, to: 'retrying', retryAt: 5_000, items: 3 };
    const given = { ...line, to: 'failed', because: 'attemptsUsedUp', retryAt: undefined, items: undefined };
    const { out } = await runIn(
      { fetch: () => inPieces(`${JSON.stringify(line)}\n${JSON.stringify(given)}\n`, 9) },
      'audit',
      'job-1',
    );
    expect(out.split('\n').slice(0, 2)).toEqual([
      '    7  1970-01-01T00:00:00.000Z  failed  a  attempt 2  → retrying  3 items  again 1970-01-01T00:00:05.000Z',
      '    7  1970-01-01T00:00:00.000Z  failed  a  attempt 2  → failed  because attemptsUsedUp',
    ]);
  });

  test('tells the key and the trace of the request that a line came by', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const line = { seq: 7, at: 0, event: 'paused', by: 'ada', because: 'a look', request: 'look-1', trace };
    const { out } = await runIn({ fetch: () => inPieces(`${JSON.stringify(line)}\n`, 9) }, 'audit', 'job-1');
    expect(out).toBe(
      `    7  1970-01-01T00:00:00.000Z  paused  because a look  by ada  request look-1  trace ${trace}\n`,
    );
  });

  test('with --json prints what the engine exports, byte for byte, wherever its pieces are cut', async () => {
    for (const size of [1, 7, 64, 100_000]) {
      const { code, out } = await runIn({ fetch: () => inPieces(text, size) }, 'audit', 'job-1', '--json');
      expect([code, out]).toEqual([0, text]);
    }
  });

  test('asks for the export of that job, after a line where one is named', async () => {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      return inPieces('', 1);
    };
    await runIn({ fetch }, 'audit', 'a/b', '--after', '12', '--url', 'http://e');
    await runIn({ fetch }, 'audit', 'job-1');
    expect(asked).toEqual([
      'http://e/api/v3/jobs/a%2Fb/audit/export?after=12',
      'http://engine/api/v3/jobs/job-1/audit/export',
    ]);
  });

  test.each([
    ['in a line', text.slice(0, -10)],
    ['between two lines', text],
  ])('that breaks off %s says after which line, and ends with 1', async (where, given) => {
    const isCut = where === 'in a line';
    const { code, out, err } = await runIn({ fetch: () => inPieces(given, 50, !isCut) }, 'audit', 'job-1', '--json');
    const last = isCut ? lines.length - 1 : lines.length;
    expect([code, out.split('\n').length - 1]).toEqual([1, last]);
    expect(err).toContain(`the audit broke off after line ${last} (`);
    expect(err).toContain(`\`--after ${last}\` goes on there`);
  });

  test('of an unknown job is a sentence and 1; a place that is none is a wrong command', async () => {
    const unknown = { code: 'job_not_found', detail: 'there is no job `x`', next: 'List jobs.' };
    expect(await runIn({ fetch: () => jsonReply(unknown, 404) }, 'audit', 'x')).toEqual({
      code: 1,
      out: '',
      err: 'breakwater: there is no job `x`. `breakwater list` shows the jobs of this store.\n',
    });
    const wrong = { code: 'invalid_request', detail: 'query.after: …', errors: [] };
    expect((await runIn({ fetch: () => jsonReply(wrong, 400) }, 'audit', 'x', '--after', 'y')).code).toBe(2);
  });
});

describe('breakwater audit verify', () => {
  const whole = { jobId: 'job-1', kind: 'whole', lines: 12, unsealedUntil: 0, seal: job.header.seal! };

  test('of a whole audit says so with the seal to keep, and ends with 0', async () => {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      return jsonReply(whole);
    };
    expect(await runIn({ fetch }, 'audit', 'verify', 'job-1', '--url', 'http://e')).toEqual({
      code: 0,
      out: `whole  12 lines, seal ${job.header.seal}\n`,
      err: '',
    });
    await runIn({ fetch }, 'audit', 'verify', 'job-1', '--seal', 'abc');
    expect(asked).toEqual([
      'http://e/api/v3/jobs/job-1/audit/verify',
      'http://engine/api/v3/jobs/job-1/audit/verify?seal=abc',
    ]);
  });

  test('says until where lines were stored before there were seals', async () => {
    const partly = { ...whole, unsealedUntil: 5 };
    expect((await runIn({ fetch: () => jsonReply(partly) }, 'audit', 'verify', 'job-1')).out).toBe(
      `whole  12 lines, unsealed until line 5, seal ${job.header.seal}\n`,
    );
    const never = { jobId: 'job-1', kind: 'whole', lines: 1, unsealedUntil: 1 };
    expect((await runIn({ fetch: () => jsonReply(never) }, 'audit', 'verify', 'job-1')).out).toBe(
      'unsealed  1 line, stored before there were seals\n',
    );
  });

  test('of a broken audit names the line on standard error and ends with 1', async () => {
    const message = 'line 4 is missing or stands elsewhere';
    const broken = { jobId: 'job-1', kind: 'broken', at: 4, from: 4, because: 'notInPlace', message };
    expect(await runIn({ fetch: () => jsonReply(broken) }, 'audit', 'verify', 'job-1')).toEqual({
      code: 1,
      out: '',
      err: `breakwater: the audit of job-1 is broken: ${message}\n`,
    });
    const asJson = await runIn({ fetch: () => jsonReply(broken) }, 'audit', 'verify', 'job-1', '--json');
    expect([asJson.code, JSON.parse(asJson.out)]).toEqual([1, broken]);
  });
});

/** The text as it may come over a wire: in pieces of so many bytes, and perhaps broken off behind the last one. */
function inPieces(whole: string, size: number, breaks = false): Response {
  const bytes = new TextEncoder().encode(whole);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = bytes.slice(at, at + size);
      at += size;
      if (piece.length > 0) controller.enqueue(piece);
      else if (breaks) controller.error(new TypeError('terminated'));
      else controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
}
