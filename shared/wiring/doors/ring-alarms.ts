import type { Clock } from '../../core/clock.ts';
import { allEnded } from '../../engine/all-ended.ts';
import type { Invocations } from '../../engine/invocations.ts';
import type { Alarm } from '../../jobs/message/index.ts';
import { pushDoor } from './push-door.ts';

/** Holds alarms until they are due and has their jobs looked at. A holder that dies is followed by the next delivery. */
export const ringAlarms = pushDoor(false, ({ production: { invocations, clock, isUnknown }, time }) => ({
  async alarms(alarms) {
    await holdAndRing(alarms, time().until, clock, invocations);
    return alarms.some(({ jobId }) => isUnknown(jobId)) ? 'unknownJob' : undefined;
  },
}));

/** Alarms this close together ring together. */
const togetherMs = 5;

/** What is due after `until` is left to the sweep's tick, which announces it again. */
export async function holdAndRing(
  alarms: readonly Alarm[],
  until: number,
  clock: Clock,
  { checkJobs }: Pick<Invocations, 'checkJobs'>,
): Promise<void> {
  const ringing: Promise<void>[] = [];
  for (const group of groupsOf(alarms.filter(({ at }) => at <= until))) {
    await clock.sleep(group.at(-1)!.at - clock.now());
    // Whoever is looked at for long must not make the next late.
    const rung = checkJobs([...new Set(group.map(({ jobId }) => jobId))]);
    rung.catch(() => {});
    ringing.push(rung);
  }
  await allEnded(ringing);
}

function groupsOf(alarms: readonly Alarm[]): readonly (readonly Alarm[])[] {
  const groups: Alarm[][] = [];
  for (const alarm of [...alarms].sort((a, b) => a.at - b.at)) {
    const last = groups.at(-1);
    if (last && alarm.at - last[0]!.at <= togetherMs) last.push(alarm);
    else groups.push([alarm]);
  }
  return groups;
}
