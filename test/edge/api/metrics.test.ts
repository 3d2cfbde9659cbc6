import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { guardMetrics } from '../../../shared/edge/api/guard-metrics.ts';
import { apiLimits } from '../../../shared/edge/api/limits.ts';
import type { GuardHealth } from '../../../shared/engine/guards/guards.ts';
import { aBreaker, aBulkhead } from '../../support/a-guard-desk.ts';
import { aPorch } from './a-porch.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/guards.md'), 'utf8');

const health: GuardHealth = {
  mode: 'records',
  since: 0,
  instances: 3,
  breakers: [aBreaker('topic:orders'), aBreaker('handler:"odd"\\', { state: 'forced_open', own: 'closed' })],
  bulkheads: [aBulkhead('vectors', { limit: 8, inUse: 7, depth: 2 })],
};
const counters = [{ guard: 'bulkhead', name: 'vectors', rejections: 12, transitions: 0 }] as const;

test('the numbers of guards are told as Prometheus reads them, quotes and all', () => {
  const lines = guardMetrics(health, counters).trimEnd().split('\n');
  expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
    'breakwater_guard_mode{mode="shared"} 0',
    'breakwater_guard_mode{mode="records"} 1',
    'breakwater_guard_mode{mode="local"} 0',
    'breakwater_guard_instances 3',
    'breakwater_breaker_state{name="handler:\\"odd\\"\\\\",state="forced_open",scope="fleet"} 1',
    'breakwater_breaker_state{name="topic:orders",state="closed",scope="fleet"} 1',
    'breakwater_bulkhead_limit{name="vectors"} 8',
    'breakwater_bulkhead_in_use{name="vectors"} 7',
    'breakwater_bulkhead_waiting{name="vectors"} 2',
    'breakwater_guard_rejections_total{guard="bulkhead",name="vectors"} 12',
    'breakwater_guard_transitions_total{guard="bulkhead",name="vectors"} 0',
  ]);
});

test('every one has its type, and stands in docs/guards.md', () => {
  const names = [...guardMetrics(health, counters).matchAll(/^# TYPE (\w+) (?:gauge|counter)$/gm)].map(
    ([, name]) => name,
  );
  expect(names).toHaveLength(8);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('however many breakers there are, so many are told, and what is open is among them', () => {
  const closed = Array.from({ length: apiLimits.guardsTold }, (_, index) => aBreaker(`topic:t${index}`));
  const text = guardMetrics({ ...health, breakers: [...closed, aBreaker('topic:down', { state: 'open' })] }, []);
  expect(text.match(/^breakwater_breaker_state/gm)).toHaveLength(apiLimits.guardsTold);
  expect(text).toContain('name="topic:down",state="open"');
});

test.each(['/metrics', '/api/v3/metrics'])('%s answers with them', async (path) => {
  const porch = aPorch();
  porch.guards.bulkheads.push(aBulkhead('vectors'));
  const { status, headers, body } = await porch.ask('GET', path);
  expect({ status, type: headers.get('content-type') }).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
  });
  expect(body['text']).toContain('breakwater_guard_mode{mode="shared"} 1\n');
  expect(body['text']).toContain('breakwater_bulkhead_limit{name="vectors"} 10\n');
});
