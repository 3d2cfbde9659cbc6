import { describe, expect, test } from '@jest/globals';
import { aPorch, order } from './a-porch.ts';

interface Page {
  readonly size: number;
  readonly has_next: boolean;
  readonly page_token: string | null;
}

describe('pages', () => {
  test('jobs come newest first, page by page, each once', async () => {
    const { ask, submit } = aPorch();
    for (let count = 0; count < 5; count++) await submit(order);
    const seen: string[] = [];
    let token = '';
    for (let pages = 1; ; pages++) {
      const { body } = await ask('GET', `/api/v3/jobs?size=2${token}`);
      seen.push(...(body['jobs'] as { jobId: string }[]).map(({ jobId }) => jobId));
      const page = body['page'] as Page;
      if (!page.has_next) {
        expect(page).toEqual({ size: 2, has_next: false, page_token: null });
        expect(pages).toBe(3);
        break;
      }
      token = `&page_token=${page.page_token}`;
    }
    expect(seen).toEqual(['job-5', 'job-4', 'job-3', 'job-2', 'job-1']);
  });

  test('jobs are found by state, by name and by time', async () => {
    const { ask, submit, clock } = aPorch();
    await submit(order);
    await clock.advance(1_000);
    const cancelled = await submit({ ...order, name: 'other' });
    await ask('POST', `/api/v3/jobs/${cancelled}/cancel`);
    const found = async (query: string) => (await ask('GET', `/api/v3/jobs?${query}`)).body['jobs'];
    expect(await found('state=aborted,failed')).toMatchObject([{ jobId: 'job-2' }]);
    expect(await found('state=queued&state=aborted')).toHaveLength(2);
    expect(await found('name=order')).toMatchObject([{ jobId: 'job-1' }]);
    expect(await found('from=2031-01-01T00:00:01Z')).toMatchObject([{ jobId: 'job-2' }]);
    expect(await found(`to=${Date.UTC(2031, 0, 1) + 1_000}`)).toMatchObject([{ jobId: 'job-1' }]);
  });

  test('nodes come in order, page by page', async () => {
    const { ask, submit } = aPorch();
    const nodes = Array.from({ length: 5 }, (_, at) => ({ id: `n${at}`, type: 'delay', delay: 1 }));
    const jobId = await submit({ name: 'five', nodes });
    const first = await ask('GET', `/api/v3/jobs/${jobId}/nodes?size=3`);
    const { page_token: token } = first.body['page'] as Page;
    const second = await ask('GET', `/api/v3/jobs/${jobId}/nodes?size=3&page_token=${token}`);
    const ids = [first, second].flatMap(({ body }) => (body['nodes'] as { id: string }[]).map(({ id }) => id));
    expect(ids).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(second.body['page']).toEqual({ size: 3, has_next: false, page_token: null });
  });

  test('audit lines follow one another from where the last answer ended', async () => {
    const { ask, submit } = aPorch();
    const jobId = await submit(order);
    await ask('POST', `/api/v3/jobs/${jobId}/pause`, { headers: { 'x-breakwater-operator': 'ada' } });
    const first = await ask('GET', `/api/v3/jobs/${jobId}/audit?size=1`);
    expect(first.body['page']).toEqual({ size: 1, has_next: true, after: 1 });
    const rest = await ask('GET', `/api/v3/jobs/${jobId}/audit?after=1`);
    const lines = rest.body['lines'] as { seq: number; event: string; by?: string }[];
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, at) => at + 2));
    expect(lines.at(-1)).toMatchObject({ event: 'paused', by: 'ada' });
    const last = lines.at(-1)!.seq;
    expect((await ask('GET', `/api/v3/jobs/${jobId}/audit?after=${last}`)).body).toEqual({
      lines: [],
      page: { size: 100, has_next: false, after: last },
    });
  });

  test.each([
    ['size=0', 'query.size'],
    ['size=201', 'query.size'],
    ['size=many', 'query.size'],
    ['state=sleeping', 'query.state[0]'],
    ['from=yesterday', 'query.from'],
    ['page_token=forged', 'query.page_token'],
    ['sate=running', 'query.sate'],
    ['name=a&name=b&size=1&size=2', 'query.size'],
  ])('a query with %s is refused and the parameter is named', async (query, path) => {
    const { ask } = aPorch();
    const told = await ask('GET', `/api/v3/jobs?${query}`);
    expect(told).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path }] } });
  });

  test('a forged page token of nodes is refused', async () => {
    const { ask, submit } = aPorch();
    const jobId = await submit(order);
    const told = await ask('GET', `/api/v3/jobs/${jobId}/nodes?page_token=forged`);
    expect(told).toMatchObject({ status: 400, body: { errors: [{ path: 'query.page_token' }] } });
  });

  test('every fault of the parameters is named at once', async () => {
    const { ask } = aPorch();
    const told = await ask('GET', '/api/v3/jobs?size=0&state=x', {
      headers: { 'x-breakwater-operator': 'x'.repeat(201) },
    });
    const paths = (told.body['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(['query.state[0]', 'query.size', 'header.x-breakwater-operator']);
  });
});
