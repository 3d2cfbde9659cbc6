import { guardMetrics, metricsMediaType } from '../guard-metrics.ts';
import { defineRoute } from '../route.ts';

export const getMetrics = defineRoute({
  name: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  aliases: ['/api/v3/metrics'],
  tag: 'guards',
  summary: 'Tell the numbers of all breakers and bulkheads',
  description: "In Prometheus' text format. What is counted is counted by the instance that answers, since it began.",
  answers: { 200: { description: 'As this instance sees it now.', mediaType: 'text/plain' } },
  async handle(_, { guards }) {
    const body = guardMetrics(await guards.health(), guards.counters());
    return { kind: 'text', body, mediaType: metricsMediaType };
  },
});
