import { replayAudit, statesOf } from '../../../shared/jobs/index.ts';
import type { Law } from './step.ts';

/** J5: the lines of a step are numbered without a gap, were made with it, and replaying all of them gives what is stored. */
export const auditTellsAll: Law = ({ stored, after, audit, lines, now }, blame) => {
  const before = stored?.header.auditCount ?? 0;
  if (after.header.auditCount !== before + audit.length)
    blame(`J5: auditCount is ${after.header.auditCount} after ${before} and ${audit.length} lines`);
  audit.forEach((line, place) => {
    if (line.seq !== before + place + 1) blame(`J5: line ${before + place + 1} has the number ${line.seq}`);
    if (line.at > now) blame(`J5: line ${line.seq} is from the future`);
  });
  const told = replayAudit(
    after.spec.nodes.map(({ id }) => id),
    lines,
  );
  const is = statesOf(after);
  if (told.state !== is.state) blame(`J5: the audit says ${told.state}, stored is ${is.state}`);
  if (told.nodes.size !== is.nodes.size) blame(`J5: the audit knows ${told.nodes.size} nodes of ${is.nodes.size}`);
  for (const [id, { state, attempt }] of is.nodes) {
    const said = told.nodes.get(id);
    if (said?.state !== state || said.attempt !== attempt)
      blame(`J5: the audit says ${id} is ${said?.state} ${said?.attempt}, stored is ${state} ${attempt}`);
  }
};
