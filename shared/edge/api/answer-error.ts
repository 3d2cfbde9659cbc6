import type { Answer } from '../../engine/engine.ts';
import {
  InvalidStateError,
  type Job,
  OrchestrationError,
  RecoveryError,
  type Refusal,
  RetryPolicyError,
} from '../../jobs/index.ts';
import { type AskedOf, type Denied, problemOf } from './routes/answered.ts';

/** For code that calls the engine and wants an exception where it was refused: the job as it is after the answer. */
export function jobOrThrow(answer: Answer, asked: AskedOf): Job {
  if (answer.kind === 'refused' || answer.kind === 'unknownJob') throw errorOf(answer, asked);
  return answer.job;
}

/** What the API answers as a problem, as an error: the same code and sentence. */
export function errorOf(answer: Denied, asked: AskedOf): OrchestrationError {
  const { code, detail } = problemOf(answer, asked);
  if (answer.kind === 'unknownJob') return new OrchestrationError(code, detail, asked);
  return new classes[answer.because](code, detail, { ...asked, state: answer.job.header.state });
}

/** What is wrong with the request, and not with the time at which it came, is no more than an OrchestrationError. */
const classes: Readonly<Record<Refusal, typeof OrchestrationError>> = {
  jobIsFinal: InvalidStateError,
  jobIsPaused: InvalidStateError,
  jobIsNotPaused: InvalidStateError,
  staleAttempt: InvalidStateError,
  nodeIsNotReady: InvalidStateError,
  nodeIsNotWaiting: InvalidStateError,
  nodeIsNotRetrying: RetryPolicyError,
  nodeIsSettled: InvalidStateError,
  unknownNode: OrchestrationError,
  notDue: InvalidStateError,
  unknownSignal: OrchestrationError,
  tooManySignals: InvalidStateError,
  requestKeyReused: OrchestrationError,
  jobIsChild: RecoveryError,
  jobIsNotFinal: RecoveryError,
  jobIsTooOld: RecoveryError,
  deadlineHasPassed: RecoveryError,
  nothingToRunAgain: RecoveryError,
  specDoesNotFit: RecoveryError,
  rollingBack: RecoveryError,
  nothingToCompensate: RecoveryError,
  tooManyCompensations: RecoveryError,
  compensationFailed: RecoveryError,
  noFailedCompensation: RecoveryError,
  unknownCheckpoint: RecoveryError,
  tooManyCheckpoints: RecoveryError,
  recoveryUnderWay: RecoveryError,
  noRecoveryUnderWay: RecoveryError,
  recoveryNotEscalated: RecoveryError,
  recoveryIsOver: RecoveryError,
  actionNotPossible: RecoveryError,
};
