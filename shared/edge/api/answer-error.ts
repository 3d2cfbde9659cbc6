import type { RecoveryAnswered } from '../../engine/answer-recovery.ts';
import type { Answer } from '../../engine/engine.ts';
import type { Recovered } from '../../engine/recover-job.ts';
import {
  InvalidStateError,
  type Job,
  OrchestrationError,
  RecoveryError,
  type Refusal,
  RetryPolicyError,
} from '../../jobs/index.ts';
import { noRuleFits, unknownRecovery } from './recovery-problems.ts';
import { type AskedOf, type Denied, problemOf } from './routes/answered.ts';

/** For code that calls the engine and wants an exception where it was refused: the job as it is after the answer. */
export function jobOrThrow(answer: Answer | Recovered | RecoveryAnswered, asked: AskedOf): Job {
  switch (answer.kind) {
    case 'done':
    case 'repeated':
      return answer.job;
    case 'refused':
    case 'unknownJob':
    case 'noRuleFits':
    case 'unknownRecovery':
      throw errorOf(answer, asked);
  }
}

/** What the API answers as a problem, as an error: the same code and sentence. */
export function errorOf(answer: Denied | NotRecovered, asked: AskedOf): OrchestrationError {
  if (answer.kind === 'unknownRecovery') {
    const { code, detail } = unknownRecovery(asked.recoveryId ?? '');
    return new OrchestrationError(code, detail, asked);
  }
  if (answer.kind === 'noRuleFits') {
    const { code, detail } = noRuleFits(answer);
    return new RecoveryError(code, detail, { ...asked, state: answer.job.header.state });
  }
  const { code, detail } = problemOf(answer, asked);
  if (answer.kind === 'unknownJob') return new OrchestrationError(code, detail, asked);
  return new classes[answer.because](code, detail, { ...asked, state: answer.job.header.state });
}

type NotRecovered = Extract<Recovered | RecoveryAnswered, { kind: 'noRuleFits' | 'unknownRecovery' }>;

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
