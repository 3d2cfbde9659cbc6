import { describe, expect, jest, test } from '@jest/globals';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { apiLimits } from '../../../shared/edge/api/limits.ts';
import { serveApi } from '../../../shared/edge/api/serve-api.ts';
import type { AuditLine } from '../../../shared/jobs/index.ts';
import { aPorch, claimed, order, type Porch, requestOf } from './a-porch.ts';

const oneNode = { name: 'one', nodes: [order.nodes[0]] };

describe('GET /audit/export', () => {
  test('gives every stored line in order, a JSON text each, exactly as /audit tells it', async () => {
    const { porch, jobId } = await aLongJob(1);
    const told = await porch.ask('GET', exportOf(jobId));
    expect([told.status, told.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    const { lines } = (await porch.ask('GET', `/api/v3/jobs/${jobId}/audit`)).body as { lines: AuditLine[] };
    expect(linesIn(told.body['text'])).toEqual(lines);
    expect(lines.at(-1)!.seal).toMatch(/^[\w-]{22}$/);
    expect((told.body['text'] as string).endsWith('}\n')).toBe(true);
  });

  test('goes on after a line, and is empty behind the last one', async () => {
    const { porch, jobId } = await aLongJob(1);
    const all = linesIn((await porch.ask('GET', exportOf(jobId))).body['text']);
    expect(linesIn((await porch.ask('GET', `${exportOf(jobId)}?after=2`)).body['text'])).toEqual(all.slice(2));
    expect((await porch.ask('GET', `${exportOf(jobId)}?after=${all.length}`)).body['text']).toBe('');
  });

  test('of more lines than fit into a page reads the next one only when the one before was taken', async () => {
    const { porch, jobId, asked } = await aLongJob(1_200);
    const response = await porch.api.fetch(requestOf('GET', exportOf(jobId)));
    const reader = response.body!.getReader();
    expect(asked).toEqual([[0, apiLimits.auditSizeMax]]);
    const first = await reader.read();
    await turn();
    expect(asked).toHaveLength(1);
    let text = new TextDecoder().decode(first.value);
    expect(linesIn(text)).toHaveLength(apiLimits.auditSizeMax);
    for (let next = await reader.read(); !next.done; next = await reader.read())
      text += new TextDecoder().decode(next.value);
    const { auditCount } = (await porch.ask('GET', `/api/v3/jobs/${jobId}`)).body as { auditCount: number };
    expect(auditCount).toBeGreaterThan(2 * apiLimits.auditSizeMax);
    expect(linesIn(text).map(({ seq }) => seq)).toEqual(Array.from({ length: auditCount }, (_, at) => at + 1));
    expect(asked.every(([, limit]) => limit === apiLimits.auditSizeMax)).toBe(true);
    expect(await openStreams(porch)).toBe(0);
  });

  test('of a job that goes on ends with the last line of a commit', async () => {
    const { porch, jobId } = await aLongJob(1);
    porch.happens(jobId, { kind: 'paused', by: 'ada' });
    const lines = linesIn((await porch.ask('GET', exportOf(jobId))).body['text']);
    expect(lines.at(-1)).toMatchObject({ event: 'paused', seal: expect.any(String) });
  });

  test('a store that fails before the first line is a problem; later it breaks the stream off, and is reported', async () => {
    const { porch, jobId } = await aLongJob(1_200);
    const failure = new CodedError('store_unavailable', 'gone');
    const reader = (await porch.api.fetch(requestOf('GET', exportOf(jobId)))).body!.getReader();
    await reader.read();
    porch.engine.breaks(failure);
    await expect(reader.read()).rejects.toBe(failure);
    expect(porch.reported).toEqual([{ error: failure, context: `export of the audit of job ${jobId}` }]);
    expect(await openStreams(porch)).toBe(0);
    expect((await porch.ask('GET', exportOf(jobId))).status).toBe(503);
  });

  test('over a socket, too, a stream that breaks off does not look like one that ended', async () => {
    const { porch, jobId, onPage } = await aLongJob(1_200);
    onPage(2, () => porch.engine.breaks(new CodedError('store_unavailable', 'gone')));
    const complaints = jest.spyOn(console, 'error').mockImplementation(() => {});
    const server = await serveApi(porch.api, { host: '127.0.0.1', port: 0, clock: createMachineClock() });
    try {
      const response = await fetch(`${server.url}${exportOf(jobId)}`);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
    } finally {
      complaints.mockRestore();
      await server.close(0);
    }
  });

  test('a client that leaves frees its place', async () => {
    const { porch, jobId } = await aLongJob(1_200);
    const reader = (await porch.api.fetch(requestOf('GET', exportOf(jobId)))).body!.getReader();
    await reader.read();
    expect(await openStreams(porch)).toBe(1);
    await reader.cancel();
    expect(await openStreams(porch)).toBe(0);
  });

  test('closing the porch breaks the stream off and frees its place, and reports nothing', async () => {
    const { porch, jobId } = await aLongJob(1_200);
    const reader = (await porch.api.fetch(requestOf('GET', exportOf(jobId)))).body!.getReader();
    await reader.read();
    porch.api.close();
    expect(await openStreams(porch)).toBe(0);
    await expect(reader.read()).rejects.toThrow();
    expect(porch.reported).toEqual([]);
    expect(await porch.ask('GET', exportOf(jobId))).toMatchObject({ status: 503, body: { code: 'too_many_streams' } });
  });

  test('of an unknown job is refused, and so is a place that is none', async () => {
    const porch = aPorch();
    expect((await porch.ask('GET', exportOf('nobody'))).body['code']).toBe('job_not_found');
    expect((await porch.ask('GET', `${exportOf('nobody')}?after=x`)).status).toBe(400);
  });
});

describe('GET /audit/verify', () => {
  test('says how many lines are whole, and the seal to keep', async () => {
    const { porch, jobId } = await aLongJob(1);
    const lines = linesIn((await porch.ask('GET', exportOf(jobId))).body['text']);
    const { status, body } = await porch.ask('GET', verifyOf(jobId));
    const { seal } = lines.at(-1)!;
    expect([status, body]).toEqual([200, { jobId, kind: 'whole', lines: lines.length, unsealedUntil: 0, seal }]);
    expect((await porch.ask('GET', `${verifyOf(jobId)}?seal=${seal}`)).body['kind']).toBe('whole');
  });

  test.each<[string, (lines: readonly AuditLine[]) => readonly AuditLine[], RegExp]>([
    ['altered', (all) => all.with(2, { ...all[2]!, by: 'mallory' }), /^line 3 was altered, or the seal of line 3 was$/],
    ['dropped', (all) => all.toSpliced(1, 1), /^line 2 is missing or stands elsewhere$/],
    ['cut off', (all) => all.slice(0, -1), /^the end is missing from line \d+ on$/],
    [
      'altered among others of its commit',
      (all) => all.with(0, { ...all[0]!, by: 'm' }),
      /^one of the lines 1 to 2 was /,
    ],
    ['added', (all) => [...all, { ...all[0]!, seq: all.length + 1 }], /^line \d+ stands behind the last one/],
  ])('names the line when one was %s', async (_, tamper, sentence) => {
    const { porch, jobId, tampers } = await aLongJob(1);
    tampers(tamper);
    const { status, body } = await porch.ask('GET', verifyOf(jobId));
    expect(status).toBe(200);
    expect(body).toMatchObject({ jobId, kind: 'broken', message: expect.stringMatching(sentence) });
  });

  test('does not find a seal that was kept of another audit, and takes nothing for one that is none', async () => {
    const { porch, jobId } = await aLongJob(1);
    const other = await porch.ask('GET', `${verifyOf(jobId)}?seal=${'x'.repeat(22)}`);
    expect(other.body).toMatchObject({ kind: 'broken', because: 'keptSealUnknown' });
    expect(await porch.ask('GET', `${verifyOf(jobId)}?seal=short`)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.seal' }] },
    });
  });

  test('of an unknown job is refused', async () => {
    expect((await aPorch().ask('GET', verifyOf('nobody'))).body['code']).toBe('job_not_found');
  });
});

const exportOf = (jobId: string) => `/api/v3/jobs/${jobId}/audit/export`;
const verifyOf = (jobId: string) => `/api/v3/jobs/${jobId}/audit/verify`;

/** A job that was claimed, then paused and resumed so many times; the test sees each read of its audit and may lie in it. */
async function aLongJob(pauses: number) {
  const porch = aPorch();
  const jobId = await porch.submit(oneNode);
  porch.happens(jobId, claimed(0));
  for (let count = 0; count < pauses; count++)
    porch.happens(jobId, { kind: 'paused', by: 'ada' }, { kind: 'resumed', by: 'ada' });
  const asked: [after: number, limit: number][] = [];
  const { readAudit } = porch.engine;
  let tamper = (lines: readonly AuditLine[]): readonly AuditLine[] => lines;
  let before: { page: number; act: () => void } | undefined;
  porch.engine.readAudit = async (id, after, limit) => {
    asked.push([after, limit]);
    if (before?.page === asked.length) before.act();
    const lines = tamper(await readAudit(id, 0, 1_000_000));
    return lines.filter((_, place) => place >= after).slice(0, limit);
  };
  return {
    porch,
    jobId,
    asked,
    onPage: (page: number, act: () => void) => {
      before = { page, act };
    },
    tampers: (how: typeof tamper) => {
      tamper = how;
    },
  };
}

function linesIn(text: unknown): AuditLine[] {
  return String(text)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditLine);
}

async function openStreams(porch: Porch): Promise<number> {
  const { body } = await porch.ask('GET', '/health');
  return (body['engine'] as { openStreams: number }).openStreams;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
