import { createHash } from 'node:crypto';
import { type AuditLine, type Job, verifyAudit } from '../../../shared/jobs/index.ts';
import type { Law } from './step.ts';

/** The last line of a step that told something is sealed, and no other; the job keeps that seal. Made anew here, without the code that seals. */
export const stepsAreSealed: Law = ({ stored, after, audit }, blame) => {
  const before = stored?.header.seal;
  const due = audit.length === 0 ? before : sealDue(before ?? after.id, audit);
  audit.forEach(({ seq, seal }, place) => {
    const wanted = place === audit.length - 1 ? due : undefined;
    if (seal !== wanted) blame(`J5: the seal of line ${seq} is ${seal}, due was ${wanted}`);
  });
  if (after.header.seal !== due) blame(`J5: the job keeps the seal ${after.header.seal}, due was ${due}`);
};

interface Told {
  readonly job: Job;
  readonly lines: readonly AuditLine[];
}

/** All lines of a job, as a store gives them back, are one chain. */
export function checkChain({ job, lines }: Told, blame: (sentence: string) => void): void {
  const read = JSON.parse(JSON.stringify(lines)) as AuditLine[];
  const verdict = verifyAudit(read, job);
  if (verdict.kind === 'broken') blame(`J5: its audit is broken at line ${verdict.at}: ${verdict.because}`);
  else if (verdict.unsealedUntil > 0) blame(`J5: its audit is unsealed until line ${verdict.unsealedUntil}`);
}

function sealDue(before: string, audit: readonly AuditLine[]): string {
  const texts = audit.map(({ seal: _, ...line }) => JSON.stringify(line));
  return createHash('sha256')
    .update([before, ...texts].join('\n'))
    .digest('base64url')
    .slice(0, 22);
}
