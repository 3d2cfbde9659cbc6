import { createHash, hash } from 'node:crypto';
import type { AuditLine } from './audit.ts';

/**
 * What a seal is made of, said once for those who seal and those who verify. A seal binds the lines of one commit to all lines before
 * them: it is the hash of the seal before and of the commit's lines, a line of text each, without their own seals. The first link is bound to
 * the job's id, so that no job can show another one's audit. 132 bits of SHA-256.
 */
export function sealOf(before: string, lines: readonly AuditLine[]): string {
  return cut(
    hash(
      'sha256',
      lines.reduce((text, line) => text + linkOf(line), before),
      'base64url',
    ),
  );
}

/** The same, line by line, for audits of any length. */
export interface OpenLink {
  add(line: AuditLine): void;
  /** The seal of what was added; the link after it begins with that seal. */
  close(): string;
}

export function openLink(before: string): OpenLink {
  let open = createHash('sha256').update(before);
  return {
    add: (line) => void open.update(linkOf(line)),
    close() {
      const seal = cut(open.digest('base64url'));
      open = createHash('sha256').update(seal);
      return seal;
    },
  };
}

/** JSON text has no line breaks of its own. Fields stand in the order in which they were stored. */
function linkOf(line: AuditLine): string {
  return `\n${JSON.stringify(line.seal === undefined ? line : { ...line, seal: undefined })}`;
}

const cut = (digest: string): string => digest.slice(0, 22);
