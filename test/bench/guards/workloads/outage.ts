import { seededRandom } from '../../../../shared/core/random.ts';
import { type Member, memberContestants } from '../contestants/members.ts';

export interface OutageGiven {
  readonly name: string;
  readonly url: string;
  readonly instances: number;
  readonly failures: number;
  readonly openMs: number;
  /** A call takes so long, by chance up to half of it more or less. */
  readonly callMs: number;
  readonly wellMs: number;
  /** So often it would be asked again whether it is well. */
  readonly windows: number;
}

export interface OutageFound {
  /** Failed before the first open time was over: those that were needed to open, and all that were begun before it was known everywhere. */
  readonly wasted: number;
  /** Of these, calls that were under way when the target died. */
  readonly underWay: number;
  /** Calls in each open time after the first. */
  readonly probesPerWindow: number;
}

/** Every instance calls one target, one call at a time. It is well for a while, then it dies for good. Once before that for practice, with another target. */
export async function measure(given: OutageGiven): Promise<OutageFound> {
  const { name, instances, wellMs, windows } = given;
  const members = await Promise.all(Array.from({ length: instances }, () => memberContestants[name]!(given)));
  await outageOf('practice', members, { ...given, wellMs: wellMs / 2, windows: 1 });
  const found = await outageOf('target', members, { ...given, wellMs, windows });
  await Promise.all(members.map((member) => member.close()));
  return found;
}

async function outageOf(name: string, members: readonly Member[], given: OutageGiven): Promise<OutageFound> {
  const { openMs, wellMs, windows } = given;
  const target = createTarget(given.callMs);
  let isOver = false;
  const working = members.map(async (member) => {
    const run = member.guard(name);
    while (!isOver) if ((await run(target.call)) === 'refused') await sleep(refusedMs);
  });
  await sleep(wellMs);
  const underWay = target.die();
  // The first probes come when the open time is over, which is by chance up to a fifth shorter.
  await sleep(openMs * 0.7);
  const wasted = target.failures();
  await sleep(openMs * windows);
  const probes = target.begunDead() - wasted;
  isOver = true;
  await Promise.all(working);
  return { wasted, underWay, probesPerWindow: probes / windows };
}

/** Who is refused comes back after so long. */
const refusedMs = 5;

function createTarget(callMs: number) {
  const random = seededRandom(1);
  let isDead = false;
  let underWay = 0;
  let failures = 0;
  let begunDead = 0;
  return {
    async call() {
      underWay++;
      if (isDead) begunDead++;
      await sleep(callMs * (0.5 + random.next()));
      underWay--;
      if (!isDead) return;
      failures++;
      throw gone;
    },
    die() {
      isDead = true;
      begunDead = underWay;
      return underWay;
    },
    failures: () => failures,
    begunDead: () => begunDead,
  };
}

const gone = new Error('the target has gone');
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
