import { createMemoryBreakerStates } from '../../shared/adapters/memory/breaker-states.ts';
import { seededRandom } from '../../shared/core/random.ts';
import { handClock } from '../support/hand-clock.ts';
import { describeBreakerStates } from './breaker-states.suite.ts';

describeBreakerStates('the memory breakers', () => {
  const clock = handClock();
  const states = createMemoryBreakerStates({ clock, random: seededRandom(7) });
  return { states, other: () => states, pass: (ms) => clock.advance(ms), close() {} };
});
