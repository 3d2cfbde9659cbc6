import { type AuditLine, isFinal, type Job } from '../../../shared/jobs/index.ts';
import { runsOf } from './reading.ts';
import type { Law } from './step.ts';

/** At most one session acts on a job at a time; each says what it does and why, and has an end; none outlives its job's run. */
export const sessionsAreOrderly: Law = ({ after, audit, lines }, blame) => {
  const { header } = after;
  if (audit.some(({ session }) => session !== undefined) || header.recovery) followSessions(after, lines, blame);
  if (isFinal(header.state) && header.recovery)
    blame(`recovery: it is ${header.state}, and ${header.recovery.id} goes on`);
  if (header.recovery?.state === 'escalated' && !header.paused) blame('recovery: somebody is asked, and it goes on');
  const asking = runsOf(after).filter((run) => run.state === 'waiting' && run.on.kind === 'decision').length;
  if (asking > 0 && header.recovery?.state !== 'escalated')
    blame(`recovery: ${asking} nodes wait for nobody's decision`);
  for (const line of audit) {
    if (line.event !== 'recoveryActed') continue;
    if (!line.session || !line.action || !line.because)
      blame(`recovery: line ${line.seq} does not say what was done and why`);
  }
};

function followSessions({ id, header }: Job, lines: readonly AuditLine[], blame: (sentence: string) => void): void {
  let open: string | undefined;
  let number = 0;
  for (const { session, event, seq } of lines) {
    if (session === undefined) continue;
    if (session !== open) {
      if (open !== undefined) blame(`recovery: line ${seq} is of ${session} while ${open} is under way`);
      number++;
      if (session !== `${id}.r${number}`) blame(`recovery: ${session} is the session with the number ${number}`);
    }
    open = event === 'recoveryEnded' ? undefined : session;
  }
  if (open !== header.recovery?.id) blame(`recovery: the audit says ${open}, stored is ${header.recovery?.id}`);
}

/** A restore never loses a result before its checkpoint. */
export const restoresKeepResults: Law = ({ stored, after, audit }, blame) => {
  const line = audit.find(({ event }) => event === 'restored');
  if (!line || !stored) return;
  const checkpoint = stored.header.checkpoints?.findLast(({ name }) => line.because?.includes(`\`${name}\``));
  if (!checkpoint) return;
  const bits = Buffer.from(checkpoint.kept, 'base64');
  const runs = runsOf(after);
  runsOf(stored).forEach((run, node) => {
    const kept = node < checkpoint.nodes && ((bits[node >> 3] ?? 0) & (1 << (node & 7))) !== 0;
    if (kept && run.state === 'succeeded' && runs[node] !== run && JSON.stringify(runs[node]) !== JSON.stringify(run))
      blame(`recovery: node ${node} was kept by ${checkpoint.name} and is ${runs[node]!.state}`);
  });
};
