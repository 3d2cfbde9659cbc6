import type { AuditLine } from './audit.ts';
import { periods } from './limits.ts';

/** For the line of what was due: alarms ring at once, and whoever comes later than this was woken by the sweep, or by nobody for long. */
export function ifMissed(dueAt: number, now: number): Pick<AuditLine, 'finding'> {
  return now - dueAt > periods.missed ? { finding: 'missed_timer' } : {};
}
