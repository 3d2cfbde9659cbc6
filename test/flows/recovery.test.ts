import { describe, expect, test } from '@jest/globals';
import type { AuditLine } from '../../shared/jobs/index.ts';
import { anEngine } from '../support/an-engine.ts';

const hour = 3_600_000;
const ada = { by: 'ada' };

/** `pay` fails for good with `code` for as long as it is set, and ships when it is paid. */
async function aShop(ofJob: object = {}, ofPay: object = {}) {
  const fate: { code: string | undefined } = { code: 'card_declined' };
  const calls: string[] = [];
  const held = await anEngine({
    register: (engine) => {
      engine.registerHandler('work', (_, { nodeId, attempt }) => {
        calls.push(`${nodeId} ${attempt}`);
        if (nodeId !== 'pay' || fate.code === undefined) return null;
        throw Object.assign(new Error('the bank said no'), { code: fate.code, retryable: false });
      });
    },
  });
  const call = (id: string, more: object = {}) => ({ id, type: 'function', handler: 'work', ...more });
  const nodes = [call('pick'), call('pay', { dependsOn: ['pick'], ...ofPay }), call('ship', { dependsOn: ['pay'] })];
  const jobId = await held.submit({ name: 'order', nodes, ...ofJob });
  const lines = (): Promise<readonly AuditLine[]> => held.engine.readAudit(jobId, 0, 1_000);
  const state = async () => (await held.engine.get(jobId))!.header.state;
  return { ...held, jobId, fate, calls, lines, state };
}

describe('a job is recovered by its own rules', () => {
  test('tried again, it goes on, and its session can be looked for from its first action to its end', async () => {
    const shop = await aShop({ recovery: [{ on: 'card_declined', do: 'retry', times: 2, delay: '1h' }] });
    const { engine, jobId } = shop;
    expect(await engine.listRecoveries({ size: 5, states: ['acting'] })).toMatchObject({
      recoveries: [{ id: `${jobId}.r1`, state: 'acting', finding: { kind: 'failed_node', node: 'pay' } }],
    });
    shop.fate.code = undefined;
    await shop.clock.advance(hour);
    expect(await shop.state()).toBe('completed');
    expect(shop.calls).toEqual(['pick 1', 'pay 1', 'pay 2', 'ship 1']);
    const session = await engine.getRecovery(`${jobId}.r1`);
    expect(session).toMatchObject({ state: 'succeeded', steps: [{ action: 'retry', node: 'pay' }] });
    expect(await engine.listRecoveries({ size: 5, jobId })).toEqual({ recoveries: [session] });
    const told = (await shop.lines()).filter((line) => line.session === `${jobId}.r1`);
    expect(told.map(({ event }) => event)).toEqual(['recoveryActed', 'recoveryEnded']);
  });

  test('one that fails with its very submission has its session stored with it', async () => {
    const { engine, submit } = await anEngine();
    const nap = { id: 'nap', type: 'delay', delay: '${job.input}', recovery: [{ on: '*', do: 'escalate' }] };
    const jobId = await submit({ name: 'no nap', input: 'soon', nodes: [nap] });
    expect(await engine.getRecovery(`${jobId}.r1`)).toMatchObject({ state: 'escalated', finding: { node: 'nap' } });
    expect((await engine.get(jobId))!.header.state).toBe('paused');
  });
});

describe('an operator has a job recovered', () => {
  test('with an action, about a node that is named by its id', async () => {
    const shop = await aShop();
    expect(await shop.state()).toBe('failed');
    expect(await shop.engine.diagnose(shop.jobId)).toMatchObject([{ kind: 'failed_node', node: 'pay' }, {}]);
    shop.fate.code = undefined;
    const wish = { action: 'retry', nodes: ['pay'] } as const;
    expect(await shop.engine.recover(shop.jobId, wish, ada)).toMatchObject({ kind: 'done' });
    await shop.clock.advance(1);
    expect(await shop.state()).toBe('completed');
    expect(await shop.engine.getRecovery(`${shop.jobId}.r1`)).toMatchObject({
      state: 'succeeded',
      by: 'ada',
      finding: { kind: 'failed_node', node: 'pay', code: 'card_declined' },
    });
    expect(await shop.engine.diagnose(shop.jobId)).toEqual([]);
  });

  test('without an action the rules decide on what is found, and the audit says which', async () => {
    const shop = await aShop({ recovery: [{ on: 'failed_job', do: 'skip' }] });
    expect(await shop.state()).toBe('failed');
    expect(await shop.engine.recover(shop.jobId, {}, { ...ada, reason: 'again' })).toMatchObject({ kind: 'done' });
    expect(await shop.states(shop.jobId)).toMatchObject({ pay: 'skipped' });
    const started = (await shop.lines()).find(({ event }) => event === 'recoveryStarted');
    expect(started).toMatchObject({ by: 'ada', action: 'skip', session: `${shop.jobId}.r1` });
    expect(started!.because).toContain('again; rule 1 of 1 (on failed_job): skip');
  });

  test('where no rule is for what was found, he is told what that is and what he can ask for', async () => {
    const shop = await aShop({ recovery: [{ on: 'timeout', do: 'skip' }] });
    expect(await shop.engine.recover(shop.jobId, {}, ada)).toMatchObject({
      kind: 'noRuleFits',
      findings: [{ kind: 'failed_node', node: 'pay' }, { kind: 'failed_job' }],
      options: ['retry', 'skip', 'requeue'],
    });
    expect((await shop.engine.get(shop.jobId))!.header.recoveries).toBeUndefined();
    const nodes = ['pick'];
    expect(await shop.engine.recover(shop.jobId, { nodes }, ada)).toMatchObject({ kind: 'noRuleFits', findings: [] });
  });

  test.each([{ action: 'retry' as const }, {}])('the same request key twice acts once (%j)', async (wish) => {
    const shop = await aShop({ recovery: [{ on: 'failed_job', do: 'retry' }] });
    const asked = { ...ada, request: 'key-1' };
    const first = await shop.engine.recover(shop.jobId, wish, asked);
    await shop.clock.advance(1);
    const again = await shop.engine.recover(shop.jobId, wish, asked);
    expect([first.kind, again.kind]).toEqual(['done', 'repeated']);
    expect(shop.calls).toEqual(['pick 1', 'pay 1', 'pay 2']);
    const other = { nodes: ['pay'] };
    expect(await shop.engine.recover(shop.jobId, other, asked)).toMatchObject({ because: 'requestKeyReused' });
    expect(shop.calls).toHaveLength(3);
  });

  test('an unknown job, an unknown node, and a job that has a session are refused', async () => {
    const shop = await aShop({}, { recovery: [{ on: '*', do: 'escalate' }] });
    expect(await shop.engine.recover('nobody', { action: 'retry' }, ada)).toEqual({ kind: 'unknownJob' });
    expect(await shop.engine.diagnose('nobody')).toBeUndefined();
    const wish = { action: 'retry', nodes: ['paid'] } as const;
    expect(await shop.engine.recover(shop.jobId, wish, ada)).toMatchObject({ because: 'unknownNode' });
    for (const action of ['retry', undefined] as const) {
      const refused = await shop.engine.recover(shop.jobId, action ? { action } : {}, ada);
      expect(refused).toMatchObject({ kind: 'refused', because: 'recoveryUnderWay' });
    }
  });
});

describe('an escalated session is answered', () => {
  const escalating = { recovery: [{ on: '*', do: 'escalate', to: 'the night shift' }] };

  test('the job waits paused for as long as it takes, and does what the answer says', async () => {
    const shop = await aShop({}, escalating);
    await shop.clock.advance(2 * hour);
    expect(await shop.state()).toBe('paused');
    const id = `${shop.jobId}.r1`;
    expect(await shop.engine.getRecovery(id)).toMatchObject({
      state: 'escalated',
      escalation: { to: 'the night shift', options: expect.arrayContaining(['retry', 'skip', 'fail']), tellings: 0 },
    });
    shop.fate.code = undefined;
    const reply = { action: 'retry', nodes: ['pay'] } as const;
    expect(await shop.engine.answerRecovery(id, reply, ada)).toMatchObject({ kind: 'done' });
    await shop.clock.advance(1);
    expect(await shop.state()).toBe('completed');
    expect(await shop.engine.getRecovery(id)).toMatchObject({ state: 'succeeded' });
  });

  test('one that has ended, is unknown, or has another in its place takes no answer, and is not cancelled', async () => {
    const shop = await aShop({}, escalating);
    const [first, second] = [`${shop.jobId}.r1`, `${shop.jobId}.r2`];
    expect(await shop.engine.answerRecovery('nobody.r1', { action: 'retry' }, ada)).toEqual({
      kind: 'unknownRecovery',
    });
    const wrong = { action: 'retry', nodes: ['paid'] } as const;
    expect(await shop.engine.answerRecovery(first, wrong, ada)).toMatchObject({ because: 'unknownNode' });
    expect(await shop.engine.cancelRecovery(first, { ...ada, reason: 'gone home' })).toMatchObject({ kind: 'done' });
    expect(await shop.state()).toBe('failed');
    expect(await shop.engine.getRecovery(first)).toMatchObject({ state: 'cancelled' });
    for (const late of [
      shop.engine.answerRecovery(first, { action: 'skip' }, ada),
      shop.engine.cancelRecovery(first, ada),
    ])
      expect(await late).toMatchObject({ kind: 'refused' });
    await shop.engine.recover(shop.jobId, { action: 'retry' }, ada);
    await shop.clock.advance(1);
    expect(await shop.engine.getRecovery(second)).toMatchObject({ state: 'escalated' });
    const late = { kind: 'refused', because: 'recoveryIsOver' };
    expect(await shop.engine.answerRecovery(first, { action: 'skip' }, ada)).toMatchObject(late);
    expect(await shop.engine.cancelRecovery(first, ada)).toMatchObject(late);
    expect(await shop.state()).toBe('paused');
  });
});

describe('an operator captures a state and goes back to it', () => {
  test('what came before is kept, what came after runs again', async () => {
    const shop = await aShop({}, { recovery: [{ on: '*', do: 'escalate' }] });
    await shop.engine.cancelRecovery(`${shop.jobId}.r1`, ada);
    expect(await shop.engine.checkpoint(shop.jobId, 'by-hand', ada)).toMatchObject({ kind: 'refused' });
    shop.fate.code = undefined;
    await shop.engine.redrive(shop.jobId, {}, ada);
    await shop.clock.advance(1);
    expect(await shop.state()).toBe('completed');
    expect(await shop.engine.restore(shop.jobId, 'nowhere', ada)).toMatchObject({ because: 'unknownCheckpoint' });
    expect(await shop.engine.restore(shop.jobId, `before ${shop.jobId}.r1`, ada)).toMatchObject({ kind: 'done' });
    await shop.clock.advance(1);
    expect(shop.calls).toEqual(['pick 1', 'pay 1', 'pay 2', 'ship 1', 'pay 3', 'ship 2']);
  });

  test('of a job that goes on, under the name that he gives it', async () => {
    const held = await anEngine();
    const nodes = [
      { id: 'nap', type: 'delay', delay: '1s' },
      { id: 'ok', type: 'signal', dependsOn: ['nap'] },
    ];
    const jobId = await held.submit({ name: 'slow', nodes });
    await held.clock.advance(1_000);
    expect(await held.engine.checkpoint(jobId, 'by-hand', ada)).toMatchObject({ kind: 'done' });
    await held.engine.signal(jobId, { name: 'ok', data: 1, by: 'x' });
    expect(await held.engine.restore(jobId, undefined, ada)).toMatchObject({ kind: 'done' });
    expect(await held.states(jobId)).toEqual({ nap: 'succeeded', ok: 'waiting' });
  });
});
