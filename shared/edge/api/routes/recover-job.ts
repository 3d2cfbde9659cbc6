import type { z } from 'zod';
import type { RecoveryWish } from '../../../engine/recover-job.ts';
import { isWebAddress } from '../../../jobs/document/index.ts';
import { indexOfNode, type Job, nodeSpecAt } from '../../../jobs/index.ts';
import { faulty } from '../answer-call.ts';
import { deniedRecovery, unknownRecovery } from '../recovery-problems.ts';
import { recoveryView } from '../recovery-views.ts';
import { type JsonReply, ok, type Reply } from '../reply.ts';
import { type Desk, defineRoute } from '../route.ts';
import * as schemas from '../schemas/recovery.ts';
import { newRecovery } from '../schemas/recovery-request.ts';
import { replayed } from './answered.ts';
import { jsonBody } from './bodies.ts';
import { askedFor, operatorAction, replayedHeader } from './operator-action.ts';
import { recoveriesPath } from './recoveries.ts';

export const recoverJob = defineRoute({
  ...operatorAction,
  name: 'recoverJob',
  path: recoveriesPath,
  tag: 'recoveries',
  summary: 'Have a job recovered',
  description:
    "With an action, that is done to the job, or to the nodes that are named. Without one the job's own rules decide on what is found to be wrong. A job that has ended goes on as a new run. A job has one recovery at a time; this one may have ended with the answer.",
  body: jsonBody(newRecovery),
  answers: {
    201: { description: 'The recovery.', schema: schemas.recovery, headers: { Location: 'The recovery.' } },
    200: {
      description: 'The recovery that began under this key, as it is now.',
      schema: schemas.recovery,
      headers: { Location: 'The recovery.', ...replayedHeader },
    },
  },
  problems: ['node_not_found', 'recovery_not_found', ...operatorAction.problems],
  async handle(call, desk) {
    const { job: jobId, reason: _, ...given } = call.body;
    const wish = wishOf(given);
    const fault = await targetFault(desk, jobId, wish);
    if (fault !== undefined) return faulty('invalid_request', [{ path: 'target', message: fault }]);
    const asked = askedFor(call);
    const answer = await desk.engine.recover(jobId, wish, asked);
    switch (answer.kind) {
      case 'done':
        return begun(desk, answer.job, answer.job.header.recoveries);
      case 'repeated':
        return begun(desk, answer.job, sessionUnder(answer.job, asked.request), replayed);
      case 'refused':
      case 'unknownJob':
      case 'noRuleFits':
        return deniedRecovery(answer, { jobId, wish }, desk.clock.now());
    }
  },
});

async function begun(
  { engine }: Desk,
  job: Job,
  number = 0,
  headers?: Readonly<Record<string, string>>,
): Promise<Reply> {
  const id = `${job.id}.r${number}`;
  const session = await engine.getRecovery(id);
  if (!session) return unknownRecovery(id);
  const found = { Location: `${recoveriesPath}/${encodeURIComponent(id)}`, ...headers };
  const body = recoveryView(session, job);
  return headers ? ok(body, found) : ({ kind: 'json', status: 201, body, headers: found } satisfies JsonReply);
}

function sessionUnder({ header }: Job, request: string | undefined): number | undefined {
  return header.requests?.find(({ key }) => key === request)?.session;
}

/** Nothing is called that is no address. */
async function targetFault({ engine }: Desk, jobId: string, { target, nodes = [] }: RecoveryWish) {
  if (target === undefined || isWebAddress(target)) return undefined;
  const job = await engine.get(jobId);
  const called = job && nodes.find((id) => typeOf(job, id) === 'http');
  return called === undefined ? undefined : `must be an http or https address: node \`${called}\` calls one`;
}

function typeOf(job: Job, nodeId: string): string | undefined {
  const index = indexOfNode(job, nodeId);
  return index === undefined ? undefined : nodeSpecAt(job, index).type;
}

/** Without the fields that nobody said. */
function wishOf(given: Omit<z.output<typeof newRecovery>, 'job' | 'reason'>): RecoveryWish {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as RecoveryWish;
}
