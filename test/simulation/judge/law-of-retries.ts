import type { AuditLine } from '../../../shared/jobs/index.ts';
import type { Law } from './step.ts';

/** J7: nobody comes back sooner than a target asked, what the audit says of a retry is what is done, and who is kept waiting has failed in nothing. */
export const retriesAreExplained: Law = ({ audit }, blame) => {
  for (const line of audit) {
    if (line.event === 'postponed') checkPostponed(line, blame);
    if (line.failure === undefined || (line.to !== 'ready' && line.to !== 'retrying')) continue;
    const delayMs = (line.retryAt ?? line.at) - line.at;
    const { retryAfterMs = 0 } = line.failure;
    if (delayMs < retryAfterMs)
      blame(`J7: node ${line.node} comes back after ${delayMs} ms, though asked to wait for ${retryAfterMs}`);
    const toldMs = toldDelay(line);
    if (toldMs === undefined || Math.abs(toldMs - delayMs) > 1)
      blame(`J5: node ${line.node} comes back after ${delayMs} ms, and its line says: ${line.because}`);
  }
};

function checkPostponed(line: AuditLine, blame: (sentence: string) => void): void {
  if (!/^(the breaker of .+ is open|the bulkhead .+ is full: .+|over the retry budget of .+)/.test(line.because ?? ''))
    blame(`J5: node ${line.node} is kept waiting, and its line does not say why: ${line.because}`);
  // A commit that took long may come when the wait is over.
  if (line.to === 'retrying' && (line.failure || line.retryAt === undefined))
    blame(`J7: node ${line.node} is kept waiting until ${line.retryAt} at ${line.at}, after ${line.failure?.code}`);
}

function toldDelay({ because = '' }: AuditLine): number | undefined {
  const told = /(?:retry \d+ of \d+|lease loss \d+ of \d+, retry) in (\d+) ms/.exec(because)?.[1];
  return told === undefined ? undefined : Number(told);
}
