import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { createMachineTimers } from '../../shared/adapters/machine/timers.ts';
import { handClock } from '../support/hand-clock.ts';
import { describeTimers } from './timers.suite.ts';

describeTimers('the timers of a clock moved by hand', () => {
  const clock = handClock();
  return { timers: createMachineTimers(clock), now: clock.now, advance: clock.advance };
});

describeTimers("the timers of the machine's clock", () => {
  const clock = createMachineClock();
  return { timers: createMachineTimers(clock), now: clock.now, advance: (ms) => clock.sleep(ms) };
});
