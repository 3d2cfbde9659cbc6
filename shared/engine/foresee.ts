import { answerFor, type BatchOrder, type BatchSigned, batchRules } from '../jobs/batch/index.ts';
import { applyToDraft, type Job, type JobEvent, openDraft, type Verdict, viewDraft } from '../jobs/index.ts';
import { diagnose, findingFor, prescribe } from '../recovery/index.ts';
import { type Ended, endedAs, signedBy } from './act-on-job.ts';

export interface Foreseen extends Ended {
  /** The job's state after it. */
  readonly after: Job['header']['state'];
}

/** What would become of the job, and nothing of it is stored. */
export function foresee(job: Job, order: BatchOrder, by: string, now: number): Foreseen {
  const signed = signedBy({ id: '', by, order });
  const made = eventsFor(job, order, signed, now);
  if (made === 'noRuleFits') return { outcome: 'refused', because: made, after: job.header.state };
  if ('kind' in made) return { ...endedAs([made], job, signed), after: job.header.state };
  const draft = openDraft(job, now);
  const verdicts = made.map((event) => applyToDraft(draft, event));
  return { ...endedAs(verdicts, job, signed), after: viewDraft(draft).header.state };
}

function eventsFor(
  job: Job,
  order: BatchOrder,
  signed: BatchSigned,
  now: number,
): readonly JobEvent[] | Verdict | 'noRuleFits' {
  const { events } = batchRules[order.action];
  switch (events.of) {
    case 'anyJob':
      return [events.make(signed)];
    case 'thisJob':
      return events.make(job, signed);
    case 'diagnosis':
      return recoveryOf(job, order, signed, now);
  }
}

function recoveryOf(job: Job, { recovery = {} }: BatchOrder, signed: BatchSigned, now: number) {
  const answer = answerFor(job, recovery, signed);
  if (answer) return [answer];
  const findings = diagnose(job, now, undefined);
  const { action, ...how } = recovery;
  const finding = findingFor(findings, []);
  if (action !== undefined) return [{ kind: 'recoveryStarted', action, ...how, finding, ...signed } as const];
  const prescribed = prescribe(job, findings, now);
  if (!prescribed) return 'noRuleFits';
  return [{ kind: 'recoveryStarted', ...prescribed.choice, finding: prescribed.finding, ...signed } as const];
}
