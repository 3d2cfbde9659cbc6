import { describe, expect, test } from '@jest/globals';
import { createMemoryPolicies } from '../../shared/adapters/memory/policies.ts';
import { seededRandom } from '../../shared/core/random.ts';
import { createApi } from '../../shared/edge/api/create-api.ts';
import { runIn } from '../edge/cli/a-world.ts';
import { aGuardDesk } from '../support/a-guard-desk.ts';
import { anEngine } from '../support/an-engine.ts';

const hour = 3_600_000;
const call = (id: string, more: object = {}) => ({ id, type: 'function', handler: 'work', ...more });
const nodes = [call('pick'), call('pay', { dependsOn: ['pick'] }), call('ship', { dependsOn: ['pay'] })];
const rules = [
  { on: 'card_declined', do: 'retry', delay: '1h' },
  { on: '*', do: 'escalate', to: 'the night shift' },
];

/** The API and the program before a whole engine whose bank says no for as long as it is closed. */
async function aShop() {
  const bank = { isOpen: false };
  const calls: string[] = [];
  const held = await anEngine({
    register: (engine) =>
      engine.registerHandler('work', (_, { nodeId, attempt }) => {
        calls.push(`${nodeId} ${attempt}`);
        if (nodeId !== 'pay' || bank.isOpen) return null;
        throw Object.assign(new Error('the bank said no'), { code: 'card_declined', retryable: false });
      }),
  });
  const { engine, clock } = held;
  const report = (error: unknown) => void held.reports.push(String(error));
  const guards = aGuardDesk(clock).desk;
  const parts = {
    engine,
    clock,
    guards,
    policies: createMemoryPolicies(),
    random: seededRandom(1),
    version: '0',
    report,
  };
  const api = createApi(parts);
  const fetch = (url: string, init: RequestInit) => api.fetch(new Request(url, init));
  const at = 'http://127.0.0.1:8080';
  const ask = async (method: string, path: string, json?: object) => {
    const headers = { 'content-type': 'application/json', 'x-breakwater-operator': 'ada' };
    const said = await fetch(`${at}/api/v3${path}`, { method, headers, ...(json && { body: JSON.stringify(json) }) });
    return { status: said.status, body: (await said.json()) as Record<string, unknown> };
  };
  const run = (...args: string[]) => runIn({ fetch, clock }, ...args, '--url', at);
  return { ...held, bank, calls, ask, run };
}

describe('whoever is on call', () => {
  test('finds the job that waits for an answer, answers over the API, and the job completes', async () => {
    const { ask, run, clock, bank, calls } = await aShop();
    const { body } = await ask('POST', '/jobs', { name: 'order', nodes, recovery: rules });
    await clock.advance(1);
    expect((await ask('GET', '/recoveries?state=acting')).body['recoveries']).toHaveLength(1);
    expect((await ask('GET', '/recoveries?state=escalated')).body['recoveries']).toEqual([]);
    await clock.advance(hour);
    const { body: list } = await ask('GET', '/recoveries?state=escalated');
    const [found] = list['recoveries'] as { recoveryId: string; jobId: string; escalation: { options: string[] } }[];
    expect(found).toMatchObject({
      jobId: body['jobId'],
      finding: { kind: 'failed_node', node: 'pay', code: 'card_declined' },
      steps: [{ action: 'retry' }, { action: 'escalate' }],
      escalation: { to: 'the night shift' },
    });
    expect((await run('recoveries', '--open')).out).toContain(`${found!.recoveryId}  escalated`);
    await clock.advance(hour);
    expect(calls).toEqual(['pick 1', 'pay 1', 'pay 2']);
    bank.isOpen = true;
    const answer = { action: found!.escalation.options[0], nodes: ['pay'], reason: 'the bank is open' };
    expect(await ask('POST', `/recoveries/${found!.recoveryId}/answer`, answer)).toMatchObject({ status: 200 });
    await clock.advance(1);
    expect((await ask('GET', `/jobs/${found!.jobId}`)).body).toMatchObject({ state: 'completed', run: 1 });
    expect(calls).toEqual(['pick 1', 'pay 1', 'pay 2', 'pay 3', 'ship 1']);
    expect((await ask('GET', `/recoveries/${found!.recoveryId}`)).body).toMatchObject({
      state: 'succeeded',
      stepCount: 3,
      steps: [
        {},
        {},
        { action: 'retry', node: 'pay', by: 'ada', because: expect.stringContaining('the bank is open') },
      ],
    });
    expect((await ask('GET', '/recoveries?state=open')).body['recoveries']).toEqual([]);
  });

  test('has a failed job tried again later, thinks better of it, and its failure stands', async () => {
    const { ask, clock, calls, run } = await aShop();
    const { body } = await ask('POST', '/jobs', { name: 'order', nodes });
    await clock.advance(1);
    const job = String(body['jobId']);
    expect((await ask('GET', `/jobs/${job}/diagnosis`)).body).toMatchObject({ state: 'failed', findings: [{}, {}] });
    const begun = await ask('POST', '/recoveries', { job, action: 'escalate' });
    expect(begun).toMatchObject({
      status: 409,
      body: { code: 'job_is_final', allowed: expect.arrayContaining(['retry']) },
    });
    const due = clock.now() + 2 * hour;
    expect(await ask('POST', '/recoveries', { job, action: 'retry', delay: '2h' })).toMatchObject({
      status: 201,
      body: { recoveryId: `${job}.r1`, state: 'acting' },
    });
    await clock.advance(hour);
    expect((await ask('GET', `/recoveries/${job}.r1/progress`)).body).toMatchObject({
      waitsFor: { kind: 'retry', node: 'pay', at: due },
    });
    expect((await run('recoveries', 'cancel', `${job}.r1`, '--reason', 'the order is gone')).code).toBe(0);
    expect((await ask('GET', `/recoveries/${job}.r1`)).body).toMatchObject({ state: 'cancelled', jobId: job });
    await clock.advance(2 * hour);
    expect((await ask('GET', `/jobs/${job}`)).body).toMatchObject({ state: 'failed', run: 2 });
    expect(calls).toEqual(['pick 1', 'pay 1', 'pay 2']);
    const { lines } = (await ask('GET', `/jobs/${job}/audit`)).body as { lines: Record<string, unknown>[] };
    const cancelled = lines.filter(({ event }) => event === 'recoveryCancelled');
    expect(cancelled).toMatchObject([{ by: 'cli:test', session: `${job}.r1`, because: 'the order is gone' }]);
  });

  test('calls off an escalated recovery: the node fails as if nobody had been asked', async () => {
    const { ask, clock } = await aShop();
    const { body } = await ask('POST', '/jobs', { name: 'order', nodes, recovery: [{ on: '*', do: 'escalate' }] });
    const job = String(body['jobId']);
    await clock.advance(hour);
    expect((await ask('GET', `/jobs/${job}`)).body).toMatchObject({
      state: 'paused',
      recovery: { state: 'escalated' },
    });
    expect(await ask('POST', `/recoveries/${job}.r1/cancel`)).toMatchObject({
      status: 200,
      body: { state: 'cancelled' },
    });
    await clock.advance(1);
    expect((await ask('GET', `/jobs/${job}`)).body).toMatchObject({
      state: 'failed',
      failure: { code: 'card_declined' },
    });
    expect((await ask('GET', `/jobs/${job}`)).body).not.toHaveProperty('recovery');
  });
});
