import { describe, expect, test } from '@jest/globals';
import { errorOf, jobOrThrow } from '../../../shared/edge/api/answer-error.ts';
import { problems } from '../../../shared/edge/api/problem.ts';
import { refusalProblem } from '../../../shared/edge/api/refusals.ts';
import { InvalidStateError, OrchestrationError, RecoveryError, RetryPolicyError } from '../../../shared/jobs/index.ts';
import { aPorch, claimed, order } from './a-porch.ts';

describe('an answer of the engine', () => {
  test('that was given is the job as it is after it', async () => {
    const { engine, submit } = aPorch();
    const jobId = await submit(order);
    const job = jobOrThrow(await engine.pause(jobId, { by: 'ada' }), { jobId });
    expect([job.id, job.header.state]).toEqual([jobId, 'paused']);
  });

  test('that is a refusal is an error with its job, its state, and code and sentence of the problem that the API answers with', async () => {
    const { engine, submit, ask } = aPorch();
    const jobId = await submit(order);
    await engine.pause(jobId, { by: 'bob' });
    const answer = await engine.pause(jobId, { by: 'ada' });
    const thrown = caught(() => jobOrThrow(answer, { jobId }));
    expect(thrown).toBeInstanceOf(InvalidStateError);
    expect(thrown).toMatchObject({ name: 'InvalidStateError', code: 'job_is_paused', jobId, state: 'paused' });
    const { body } = await ask('POST', `/api/v3/jobs/${jobId}/pause`);
    expect([body['code'], body['detail']]).toEqual([thrown.code, thrown.message]);
  });

  test('that is about a node names it', async () => {
    const { engine, submit, happens } = aPorch();
    const jobId = await submit(order);
    happens(jobId, claimed(0));
    const asked = { jobId, nodeId: 'charge' };
    const thrown = caughtOf(await engine.retryNow(jobId, 'charge', 1, { by: 'ada' }), asked);
    expect(thrown).toBeInstanceOf(RetryPolicyError);
    expect(thrown).toMatchObject({ code: 'node_is_not_retrying', ...asked, state: 'running' });
    const unknown = caughtOf(await engine.skip(jobId, 'nobody', { by: 'ada' }), { jobId, nodeId: 'nobody' });
    expect(unknown).toMatchObject({ name: 'OrchestrationError', code: 'node_not_found', nodeId: 'nobody' });
  });

  test('from an unknown job is an error that names it', async () => {
    const { engine } = aPorch();
    const thrown = caughtOf(await engine.pause('nobody', { by: 'ada' }), { jobId: 'nobody' });
    expect(thrown).toMatchObject({ code: 'job_not_found', jobId: 'nobody', message: 'there is no job `nobody`' });
    expect(thrown).not.toHaveProperty('state');
  });

  test('about a recovery is a RecoveryError', async () => {
    const { engine, submit } = aPorch();
    const jobId = await submit(order);
    const job = (await engine.get(jobId))!;
    const thrown = errorOf({ kind: 'refused', because: 'nothingToCompensate', job }, { jobId });
    expect(thrown).toBeInstanceOf(RecoveryError);
    expect(Object.keys(problems)).toContain(thrown.code);
    expect(thrown.message).toBe(refusalProblem('nothingToCompensate', job).detail);
  });
});

describe('of a recovery', () => {
  test('that no rule is for, the error says what was found and in which state the job is', async () => {
    const { engine, submit, ask } = aPorch();
    const jobId = await submit(order);
    const thrown = caughtOf(await engine.recover(jobId, {}, { by: 'ada' }), { jobId });
    expect(thrown).toBeInstanceOf(RecoveryError);
    expect(thrown).toMatchObject({ code: 'no_rule_fits', jobId, state: 'queued' });
    const { body } = await ask('POST', '/api/v3/recoveries', { json: { job: jobId } });
    expect([body['code'], body['detail']]).toEqual([thrown.code, thrown.message]);
  });

  test('that is not there, the error names it; of one that was begun there is the job', async () => {
    const { engine, submit } = aPorch();
    const jobId = await submit(order);
    const asked = { jobId, recoveryId: `${jobId}.r1` };
    const unknown = await engine.cancelRecovery(asked.recoveryId, { by: 'ada' });
    expect(caughtOf(unknown, asked)).toMatchObject({
      name: 'OrchestrationError',
      code: 'recovery_not_found',
      ...asked,
      message: 'there is no recovery `job-1.r1`',
    });
    const begun = await engine.recover(jobId, { action: 'escalate' }, { by: 'ada' });
    expect(jobOrThrow(begun, asked).header.state).toBe('paused');
    const second = await engine.recover(jobId, { action: 'escalate' }, { by: 'ada' });
    expect(caughtOf(second, { jobId })).toMatchObject({ name: 'RecoveryError', code: 'recovery_under_way' });
  });
});

test('all of them are OrchestrationErrors, and have no field of what nobody said', () => {
  for (const Class of [InvalidStateError, RetryPolicyError, RecoveryError]) {
    const error = new Class('a_code', 'a sentence', { jobId: 'j', cause: 'a cause' });
    expect(error).toBeInstanceOf(OrchestrationError);
    expect({ ...error }).toEqual({ code: 'a_code', name: Class.name, jobId: 'j' });
    expect([error.message, error.cause]).toEqual(['a sentence', 'a cause']);
  }
});

function caughtOf(...[answer, asked]: Parameters<typeof jobOrThrow>): OrchestrationError {
  return caught(() => jobOrThrow(answer, asked));
}

function caught(work: () => unknown): OrchestrationError {
  try {
    work();
  } catch (thrown) {
    return thrown as OrchestrationError;
  }
  throw new Error('nothing was thrown');
}
