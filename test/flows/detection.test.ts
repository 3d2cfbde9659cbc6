import { describe, expect, test } from '@jest/globals';
import { type AuditLine, applyToDraft, closeDraft, type JobEvent, openDraft } from '../../shared/jobs/index.ts';
import { aFleet } from '../engine/a-fleet.ts';
import { anEngine } from '../support/an-engine.ts';

const leaseMs = 30_000;
const sweepMs = 5_000;

/** An engine that looks after its jobs and executes nothing; others have done what `happens` tells, and are gone. */
async function aWatchman(document: object) {
  const held = await anEngine({
    options: { concurrency: 0, leaseMs, sweepMs },
    register: (engine) => engine.registerHandler('work', () => null),
  });
  const jobId = await held.submit({ name: 'j', ...document });
  async function happens(event: JobEvent, of = jobId): Promise<void> {
    const draft = openDraft((await held.store.load(of))!, held.clock.now());
    expect(applyToDraft(draft, event)).toEqual({ kind: 'applied' });
    // What should have been done after this commit never is.
    expect(await held.store.commit(closeDraft(draft))).toBe('committed');
  }
  const lineOf = async (finding: AuditLine['finding'], of = jobId) =>
    (await held.store.readAudit(of, 0, 1_000)).find((line) => line.finding === finding);
  /** Of a job in which it happened just now. */
  async function foundAfter(finding: AuditLine['finding'], of = jobId): Promise<number | undefined> {
    const from = held.clock.now();
    await held.clock.advance(10 * leaseMs);
    const line = await lineOf(finding, of);
    return line && line.at - from;
  }
  return { ...held, jobId, happens, lineOf, foundAfter };
}

const call = (id: string, more: object = {}) => ({ id, type: 'function', handler: 'work', ...more });
const claim = (now: number, more: object = {}): JobEvent => ({
  kind: 'claimed',
  node: 0,
  attempt: 1,
  owner: 'a dead engine',
  leaseUntil: now + leaseMs,
  ...more,
});
const broken = { code: 'broken', message: 'it broke' };

/** Each within one sweep period and the lease, by a line of the audit that names it. */
describe('what goes wrong is found in time, and named', () => {
  test('lost_lease: an executor has died', async () => {
    const held = await aWatchman({ nodes: [call('a')] });
    await held.happens(claim(held.clock.now()));
    expect(await held.foundAfter('lost_lease')).toBeLessThanOrEqual(leaseMs + sweepMs);
    expect(await held.lineOf('lost_lease')).toMatchObject({ event: 'leaseLost', node: 'a', attempt: 1, to: 'ready' });
  });

  test('stalled_node: no heartbeat comes', async () => {
    const held = await aWatchman({ nodes: [call('a', { completion: 'callback', heartbeatTimeout: '20s' })] });
    await held.happens(claim(held.clock.now()));
    await held.happens({ kind: 'accepted', node: 0, attempt: 1 });
    expect(await held.foundAfter('stalled_node')).toBeLessThanOrEqual(20_000 + sweepMs);
    expect(await held.lineOf('stalled_node')).toMatchObject({ event: 'timedOut', node: 'a' });
  });

  test('timeout: an attempt takes too long', async () => {
    const held = await aWatchman({ nodes: [call('a', { timeout: '20s' })] });
    await held.happens(claim(held.clock.now()));
    expect(await held.foundAfter('timeout')).toBeLessThanOrEqual(20_000 + sweepMs);
    expect(await held.lineOf('timeout')).toMatchObject({ event: 'timedOut', node: 'a' });
  });

  test('stalled_job: nobody takes what is ready', async () => {
    const held = await aWatchman({ nodes: [call('a'), call('b', { dependsOn: ['a'] })] });
    expect(await held.foundAfter('stalled_job')).toBeLessThanOrEqual(leaseMs + sweepMs);
    expect(await held.engine.diagnose(held.jobId)).toEqual([
      { kind: 'stalled_job', message: '`a` is ready and nobody takes it: handler:work' },
    ]);
  });

  test('dead_letter: a message came to nothing with every delivery', async () => {
    const fleet = aFleet();
    const [engine] = fleet.engines;
    engine!.registerHandler('work', () => null);
    const jobId = await fleet.submit({ name: 'j', nodes: [call('a', { retry: { maxLeaseLosses: 0 } })] });
    await engine!.invocations.giveUpMessage(fleet.published.splice(0), 'a letter');
    const lines = await engine!.readAudit(jobId, 0, 100);
    expect(lines.find(({ finding }) => finding === 'dead_letter')).toMatchObject({ node: 'a', to: 'failed' });
    expect(await engine!.diagnose(jobId)).toMatchObject([{ kind: 'dead_letter', node: 'a' }, {}]);
  });

  test('failed_job: a node has failed it', async () => {
    const held = await aWatchman({ nodes: [call('a', { retry: { maxAttempts: 1 } })] });
    await held.happens(claim(held.clock.now()));
    await held.happens({ kind: 'failed', node: 0, attempt: 1, failure: broken, chance: 0 });
    expect(await held.lineOf('failed_job')).toMatchObject({
      event: 'ended',
      job: 'failed',
      failure: { code: 'broken' },
    });
    expect(await held.engine.diagnose(held.jobId)).toMatchObject([{ kind: 'failed_node' }, { kind: 'failed_job' }]);
  });

  test('failed_child: a child job has ended without success, and the news of it was lost', async () => {
    const job = { name: 'c', nodes: [call('x', { retry: { maxAttempts: 1 } })] };
    const held = await aWatchman({ nodes: [{ id: 'a', type: 'job', job }] });
    const child = `${held.jobId}.0.1`;
    await held.happens(claim(held.clock.now()), child);
    await held.happens({ kind: 'failed', node: 0, attempt: 1, failure: broken, chance: 0 }, child);
    expect(await held.foundAfter('failed_child')).toBeLessThanOrEqual(leaseMs + sweepMs);
    expect(await held.lineOf('failed_child')).toMatchObject({ event: 'childEnded', node: 'a', to: 'failed' });
  });

  test('orphaned_child: the parent has ended, and nobody told its child', async () => {
    const held = await aWatchman({ nodes: [{ id: 'a', type: 'job', job: { name: 'c', nodes: [call('x')] } }] });
    const child = `${held.jobId}.0.1`;
    await held.happens({ kind: 'cancelled', by: 'ada' });
    expect(await held.engine.diagnose(child)).toMatchObject([{ kind: 'orphaned_child' }]);
    expect(await held.foundAfter('orphaned_child', child)).toBeLessThanOrEqual(leaseMs + sweepMs);
    expect(await held.lineOf('orphaned_child', child)).toMatchObject({ event: 'cancelled', job: 'aborted' });
  });

  test('orphaned_child: where nobody told it since its engine died, the next one finds it at its start', async () => {
    const job = { name: 'c', nodes: [{ id: 'x', type: 'delay', delay: '30d' }] };
    const held = await aWatchman({ nodes: [{ id: 'a', type: 'job', job }] });
    const child = `${held.jobId}.0.1`;
    await held.clock.advance(2 * 3_600_000);
    await held.engine.stop(0);
    await held.happens({ kind: 'cancelled', by: 'ada' });
    await held.another({ alone: true });
    await held.clock.advance(1);
    expect(await held.lineOf('orphaned_child', child)).toMatchObject({ event: 'cancelled', job: 'aborted' });
  });

  test('missed_timer: nobody was there when a retry was due; the next sweep finds it', async () => {
    const held = await aWatchman({ nodes: [call('a', { retry: { strategy: 'fixed', delay: '1m' } })] });
    await held.engine.stop(0);
    await held.happens(claim(held.clock.now()));
    await held.happens({ kind: 'failed', node: 0, attempt: 1, failure: broken, chance: 0 });
    await held.clock.advance(90_000);
    await held.another();
    expect(await held.engine.diagnose(held.jobId)).toMatchObject([{ kind: 'missed_timer', node: 'a' }]);
    expect(await held.foundAfter('missed_timer')).toBeLessThanOrEqual(sweepMs);
    expect(await held.lineOf('missed_timer')).toMatchObject({ event: 'retryDue', node: 'a', to: 'ready' });
  });

  test('what happens in time is found by nobody', async () => {
    const held = await aWatchman({ nodes: [call('a', { retry: { strategy: 'fixed', delay: '20s' } })] });
    await held.happens(claim(held.clock.now()));
    await held.happens({ kind: 'failed', node: 0, attempt: 1, failure: broken, chance: 0 });
    await held.clock.advance(25_000);
    const lines = await held.store.readAudit(held.jobId, 0, 100);
    expect(lines.map(({ event }) => event)).toContain('retryDue');
    expect(lines.filter(({ finding }) => finding !== undefined)).toEqual([]);
  });
});
