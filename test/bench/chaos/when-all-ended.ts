import type { Clock } from '../../../shared/core/clock.ts';
import { finalStates, jobStates } from '../../../shared/jobs/index.ts';

const lookEveryMs = 250;

/** Pending is never stored. */
const open = jobStates.filter((state) => state !== 'pending' && !finalStates.some((final) => final === state));

/** Asks whoever is alive until no job is open, twice in a row: one that moves on between two looks into a store may be in none. Or until patience ends. */
export async function whenAllEnded(clock: Clock, url: string, patienceMs: number): Promise<boolean> {
  const until = clock.now() + patienceMs;
  for (let quiet = 0; clock.now() < until; await clock.sleep(lookEveryMs)) {
    const count = await countOpen(url);
    quiet = count === 0 ? quiet + 1 : 0;
    if (quiet === 2) return true;
  }
  return false;
}

/** Undefined where nobody answers. */
async function countOpen(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(`${url}/api/v3/jobs?size=1&state=${open.join(',')}`);
    const said = (await answer.json()) as { readonly jobs?: readonly unknown[] };
    return answer.ok ? said.jobs?.length : undefined;
  } catch {
    return undefined;
  }
}
