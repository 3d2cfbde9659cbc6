/**
 * Recovery: what is done about what no retry policy will try again. By rules, in the very commit in which a node fails for good; or because somebody
 * asks for it. Each is a session of the job, with its findings and its steps.
 */
export { stopAsking, tellAgain, wasTold } from './escalate.ts';
export { kindOf } from './finding.ts';
export { heal, healDeadline, healRollback } from './heal.ts';
export { answerRecovery, cancelRecovery, recoverJob } from './recover.ts';
export { isRecovered, restoresOf } from './recovered.ts';
export { followRecovery } from './session.ts';
