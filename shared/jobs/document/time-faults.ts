import type { JsonObject } from '../../core/json.ts';
import { limits } from '../limits.ts';
import type { Step } from '../template/reference-text.ts';
import type { FaultList } from './fault.ts';
import { addRetryFaults } from './retry-faults.ts';
import { readTime } from './schema-values.ts';
import { type JobSketch, workIn } from './spec-sketch.ts';

/** Times that have passed or are too far away, and numbers that contradict each other. */
export function addTimeFaults(job: JobSketch, now: number, repeated: boolean, faults: FaultList): void {
  addDeadlineFaults(job, now, repeated, faults);
  addRetryFaults(job.fields['retry'], [...job.steps, 'retry'], faults);
  for (const { fields, steps } of workIn(job)) {
    addRetryFaults(fields['retry'], [...steps, 'retry'], faults);
    addUselessFaults(fields, steps, faults);
  }
}

const withoutCalls = ['delay', 'signal', 'choice', 'map'];

/** What would be taken and then do nothing. */
function addUselessFaults(fields: JsonObject, steps: readonly Step[], faults: FaultList): void {
  const type = fields['type'];
  if (fields['retry'] !== undefined && withoutCalls.some((each) => each === type)) {
    faults.add([...steps, 'retry'], `means nothing here: a \`${type}\` node makes no call that could be made again`);
  }
  if (fields['compensate'] !== undefined && withoutCalls.some((each) => each === type)) {
    const where = type === 'map' ? '; that of its items stands in `node`' : '';
    faults.add([...steps, 'compensate'], `means nothing here: a \`${type}\` node makes no call to take back${where}`);
  }
  for (const limit of ['timeout', 'totalTimeout']) {
    if (type === 'choice' && fields[limit] !== undefined)
      faults.add([...steps, limit], 'means nothing here: a `choice` node ends at once');
  }
  if (type === 'http' && fields['heartbeatTimeout'] !== undefined && fields['completion'] !== 'callback') {
    faults.add([...steps, 'heartbeatTimeout'], 'means nothing without `completion: callback`');
  }
}

function addDeadlineFaults({ fields, steps }: JobSketch, now: number, repeated: boolean, faults: FaultList): void {
  const deadline = readTime(fields['deadline']);
  const startAt = readTime(fields['startAt']);
  for (const [name, time] of [
    ['deadline', deadline],
    ['startAt', startAt],
  ] as const) {
    if (time === undefined || time <= now + limits.delayMs) continue;
    faults.add([...steps, name], `is more than ${limits.delayMs / 86_400_000} days away`);
  }
  if (deadline === undefined) return;
  if (deadline <= now && !repeated) faults.add([...steps, 'deadline'], `has passed: it is ${isoOf(now)} now`);
  if (startAt !== undefined && deadline <= startAt) {
    faults.add([...steps, 'deadline'], `is not after \`startAt\`, ${isoOf(startAt)}`);
  }
}

const isoOf = (ms: number) => new Date(ms).toISOString();
