import { type AuditLine, isSettled } from '../../shared/jobs/index.ts';
import type { Blame, StoredJob } from './judge-stored.ts';
import type { Entry } from './records.ts';

/** Clocks of two processes of one machine, which were set at their start. */
const clockSlackMs = 100;

/**
 * What the handlers noted against what the audit tells. J6: an attempt is made once, by one process, and only after it was claimed.
 * J2: what the audit says an attempt came to, its handler said. And nothing is called again once its outcome is known.
 */
export function judgeCalls({ lines, entries }: StoredJob, blame: Blame): void {
  const byAttempt = Map.groupBy(entries, keyOf);
  const told = Map.groupBy(
    lines.filter(({ node }) => node !== undefined),
    keyOf,
  );
  for (const [key, those] of byAttempt) madeOnce(key, those, blame);
  if (!lines.some(({ event }) => event === 'cancelled'))
    for (const [key, those] of byAttempt) wasClaimed(key, those, told.get(key) ?? [], blame);
  for (const [key, those] of told) wasSaid(key, those, byAttempt.get(key), blame);
  notCalledAgain(lines, entries, blame);
}

function keyOf({ node, nodeId, attempt }: { node?: string; nodeId?: string; attempt?: number }): string {
  return `attempt ${attempt} of ${node ?? nodeId}`;
}

function madeOnce(key: string, entries: readonly Entry[], blame: Blame): void {
  const calls = entries.filter(({ kind }) => kind === 'called');
  if (calls.length > 1)
    blame(`J6: ${key} was called ${calls.length} times, by ${calls.map(({ pid }) => pid).join(', ')}`);
}

/** A cancelled job may never hear of a parcel that was claimed at the same moment. */
function wasClaimed(key: string, entries: readonly Entry[], lines: readonly AuditLine[], blame: Blame): void {
  const claim = lines.find(({ event }) => event === 'claimed');
  if (!claim) blame(`J6: ${key} was called and is not claimed in the audit`);
  else if (claim.at > entries[0]!.at + clockSlackMs) blame(`J6: ${key} was called before its claim`);
}

function wasSaid(key: string, lines: readonly AuditLine[], entries: readonly Entry[] | undefined, blame: Blame): void {
  if (!entries) return;
  for (const { event, because, failure } of lines) {
    const isSuccess = event === 'succeeded' && because === undefined;
    const isFailure = event === 'failed' && (failure?.code === 'shaky' || failure?.code === 'broken');
    if (isSuccess && !entries.some(({ kind }) => kind === 'succeeded'))
      blame(`J2: ${key} succeeded, which nobody said`);
    if (isFailure && !entries.some(({ kind }) => kind === 'failed')) blame(`J2: ${key} failed, which nobody said`);
  }
}

function notCalledAgain(lines: readonly AuditLine[], entries: readonly Entry[], blame: Blame): void {
  const settledAt = new Map<string, number>();
  for (const { node, to, at } of lines)
    if (node !== undefined && to !== undefined && isSettled(to)) settledAt.set(node, at);
  for (const { kind, nodeId, attempt, at } of entries) {
    const end = settledAt.get(nodeId) ?? Infinity;
    if (kind === 'called' && at > end + clockSlackMs)
      blame(`node ${nodeId} was called (attempt ${attempt}) ${Math.round(at - end)} ms after it had settled`);
  }
}
