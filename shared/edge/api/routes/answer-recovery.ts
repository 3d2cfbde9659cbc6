import type { RecoveryAnswered, RecoveryReply } from '../../../engine/answer-recovery.ts';
import { deniedAnswer, unknownRecovery } from '../recovery-problems.ts';
import { recoveryView } from '../recovery-views.ts';
import { ok, type Reply } from '../reply.ts';
import { type Desk, defineRoute } from '../route.ts';
import * as schemas from '../schemas/recovery.ts';
import { recoveryAnswer } from '../schemas/recovery-request.ts';
import { replayed } from './answered.ts';
import { jsonBody } from './bodies.ts';
import { askedFor, operatorAction, reasonBody, replayedHeader } from './operator-action.ts';
import { recoveryPath } from './recoveries.ts';

/** What an operator says to a recovery that is open. */
const common = {
  ...operatorAction,
  tag: 'recoveries',
  params: { recovery: schemas.recoveryId },
  answers: { 200: { description: 'The recovery after it.', schema: schemas.recovery, headers: replayedHeader } },
  problems: ['recovery_not_found', 'node_not_found', ...operatorAction.problems],
} as const;

export const answerRecovery = defineRoute({
  ...common,
  name: 'answerRecovery',
  path: `${recoveryPath}/answer`,
  summary: 'Answer a recovery that was escalated',
  description: 'The job goes on with what is said here. Its options are in `escalation`.',
  body: jsonBody(recoveryAnswer),
  async handle(call, desk) {
    const { reason: _, ...given } = call.body;
    const said = Object.entries(given).filter(([, value]) => value !== undefined);
    const reply = Object.fromEntries(said) as unknown as RecoveryReply;
    const id = call.path.recovery;
    return replyOf(await desk.engine.answerRecovery(id, reply, askedFor(call)), id, desk, reply.nodes);
  },
});

export const cancelRecovery = defineRoute({
  ...common,
  name: 'cancelRecovery',
  path: `${recoveryPath}/cancel`,
  summary: 'Call off a recovery',
  description: 'What it found stands: nodes that waited for an answer fail, and what it has begun goes on by itself.',
  body: reasonBody,
  async handle(call, desk) {
    const id = call.path.recovery;
    return replyOf(await desk.engine.cancelRecovery(id, askedFor(call)), id, desk);
  },
});

async function replyOf(
  answer: RecoveryAnswered,
  recoveryId: string,
  { engine }: Desk,
  nodes?: readonly string[],
): Promise<Reply> {
  const session = await engine.getRecovery(recoveryId);
  if (answer.kind === 'unknownRecovery' || answer.kind === 'unknownJob' || !session) return unknownRecovery(recoveryId);
  switch (answer.kind) {
    case 'done':
      return ok(recoveryView(session, answer.job));
    case 'repeated':
      return ok(recoveryView(session, answer.job), replayed);
    case 'refused':
      return deniedAnswer(answer, session, nodes);
  }
}
