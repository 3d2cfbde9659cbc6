import { CodedError } from '../../core/error.ts';
import { pushDoor } from './push-door.ts';

/** A tick comes every minute; alarms until the one after next are announced, and those in between twice rather than never. */
const horizonMs = 75_000;

/** Looks for jobs whose check is due, runs what it finds ready (J4), and has the alarms of the next minute held. */
export const sweepStore = pushDoor(true, ({ production: { invocations, hold }, time, log }) => ({
  async tick() {
    const { until, answerBy } = time();
    const { checked, failed } = await invocations.sweep(horizonMs, until, hold, answerBy);
    if (failed > 0) log.note('jobs_unchecked', `${failed} of ${checked} jobs could not be looked at; they stay due`);
    if (failed > 0 && failed === checked) throw new CodedError('sweep_failed', 'no job could be looked at');
  },
}));
