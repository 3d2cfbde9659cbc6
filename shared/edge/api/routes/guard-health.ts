import { countersByGuard, healthView } from '../guard-views.ts';
import { ok } from '../reply.ts';
import { defineRoute } from '../route.ts';
import { guardHealth } from '../schemas/guard.ts';

export const getGuardHealth = defineRoute({
  name: 'getGuardHealth',
  method: 'GET',
  path: '/api/v3/orchestration/health',
  tag: 'guards',
  summary: 'Tell the state of all breakers and bulkheads',
  description: 'With where they get what they share, and how many instances there are.',
  answers: { 200: { description: 'As this instance sees it now.', schema: guardHealth } },
  async handle(_, { guards, clock }) {
    return ok(healthView(await guards.health(), countersByGuard(guards.counters()), clock.now()));
  },
});
