import type { AuditLine } from './audit.ts';
import { openLink } from './audit-seal.ts';
import type { Job } from './job.ts';

export type AuditVerdict =
  /** Lines up to `unsealedUntil` were stored before there were seals: nothing is known of them but their number. */
  | { readonly kind: 'whole'; readonly lines: number; readonly unsealedUntil: number; readonly seal?: string }
  | AuditBreak;

export interface AuditBreak {
  readonly kind: 'broken';
  /** The number of the line at which it shows. */
  readonly at: number;
  /** Where lines were sealed together, what was altered lies between this one and `at`. */
  readonly from: number;
  readonly because: BreakReason;
}

export type BreakReason = (typeof breakReasons)[number];

export const breakReasons = [
  /** The line is missing, or stands elsewhere. */
  'notInPlace',
  /** The lines are not those that were sealed, or the seal is not theirs, or what came before them is not. */
  'sealDiffers',
  /** The job has told more lines than there are. */
  'endMissing',
  /** The last lines have no seal. */
  'endUnsealed',
  /** The job keeps another seal than the last line has. */
  'endDiffers',
  /** The line stands behind the last one that the job has told. */
  'behindEnd',
  /** No line has the seal that was kept elsewhere. */
  'keptSealUnknown',
] as const;

/** Looks at lines as they come, in order from the first, and remembers none of them. */
export interface AuditCheck {
  see(line: AuditLine): AuditBreak | undefined;
  /** What all of it came to, when no line broke the chain. */
  end(): AuditVerdict;
}

/** The whole audit against the header that the job was stored with. `keptSeal` is one that was noted elsewhere, which must be in the chain. */
export function verifyAudit(
  lines: Iterable<AuditLine>,
  job: Pick<Job, 'id' | 'header'>,
  keptSeal?: string,
): AuditVerdict {
  const check = openAuditCheck(job, keptSeal);
  for (const line of lines) {
    const broken = check.see(line);
    if (broken) return broken;
  }
  return check.end();
}

export function openAuditCheck({ id, header }: Pick<Job, 'id' | 'header'>, keptSeal?: string): AuditCheck {
  const { auditCount, unsealedUntil = header.seal === undefined ? auditCount : 0 } = header;
  const link = openLink(id);
  let seen = 0;
  let sealedUntil = unsealedUntil;
  let seal: string | undefined;
  let isKept = keptSeal === undefined;
  const brokenAt = (at: number, because: BreakReason, from = at): AuditBreak => ({ kind: 'broken', at, from, because });

  function see(line: AuditLine): AuditBreak | undefined {
    const at = seen + 1;
    if (line.seq !== at) return brokenAt(at, 'notInPlace');
    if (at > auditCount) return brokenAt(at, 'behindEnd');
    seen = at;
    if (at <= unsealedUntil) return line.seal === undefined ? undefined : brokenAt(at, 'sealDiffers');
    link.add(line);
    return line.seal === undefined ? undefined : compare(at, line.seal);
  }

  function compare(at: number, stored: string): AuditBreak | undefined {
    if (link.close() !== stored) return brokenAt(at, 'sealDiffers', sealedUntil + 1);
    sealedUntil = at;
    seal = stored;
    isKept ||= stored === keptSeal;
    return undefined;
  }

  function end(): AuditVerdict {
    if (seen < auditCount) return brokenAt(seen + 1, 'endMissing');
    if (sealedUntil < seen) return brokenAt(sealedUntil + 1, 'endUnsealed');
    if (seal !== header.seal) return brokenAt(seen, 'endDiffers');
    if (!isKept) return brokenAt(seen, 'keptSealUnknown');
    return { kind: 'whole', lines: seen, unsealedUntil, ...(seal !== undefined && { seal }) };
  }

  return { see, end };
}
