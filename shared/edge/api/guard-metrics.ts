import type { GuardCounter } from '../../engine/guards/guard-events.ts';
import type { GuardHealth } from '../../engine/guards/guards.ts';
import { unwellFirst } from './guard-views.ts';

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8';

interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** As many guards are told as in the health of guards, those that are unwell first; counters of all that were counted. */
export function guardMetrics(health: GuardHealth, counters: readonly GuardCounter[]): string {
  const metrics = [...metricsOfFleet(health), ...metricsOfGuards(health), ...metricsOfCounters(counters)];
  return metrics.map(metricText).join('');
}

const modes = ['shared', 'records', 'local'] as const;

function metricsOfFleet({ mode, instances }: GuardHealth): Metric[] {
  const samples = modes.map((each) => ({ labels: { mode: each }, value: Number(each === mode) }));
  return [
    gauge('breakwater_guard_mode', 'Where guards get what they share; 1 for the mode that holds.', samples),
    gauge('breakwater_guard_instances', 'Instances that the fleet counted last.', [{ labels: {}, value: instances }]),
  ];
}

function metricsOfGuards(health: GuardHealth): Metric[] {
  const { breakers, bulkheads } = unwellFirst(health);
  const states = breakers.map(({ name, state, scope }) => ({ labels: { name, state, scope }, value: 1 }));
  const ofEach = (value: (bulkhead: (typeof bulkheads)[number]) => number) =>
    bulkheads.map((each) => ({ labels: { name: each.name }, value: value(each) }));
  return [
    gauge('breakwater_breaker_state', 'The state that a caller meets, as a label.', states),
    gauge(
      'breakwater_bulkhead_limit',
      'Calls that may be under way, in the whole fleet.',
      ofEach((each) => each.limit),
    ),
    gauge(
      'breakwater_bulkhead_in_use',
      'Calls that are under way, in the whole fleet.',
      ofEach((each) => each.inUse),
    ),
    gauge(
      'breakwater_bulkhead_waiting',
      'Calls that wait, in the whole fleet.',
      ofEach((each) => each.depth),
    ),
  ];
}

function metricsOfCounters(counters: readonly GuardCounter[]): Metric[] {
  const ofEach = (which: 'rejections' | 'transitions') =>
    counters.map(({ guard, name, [which]: value }) => ({ labels: { guard, name }, value }));
  const [rejected, moved] = ['Calls that this instance refused.', 'Transitions that this instance told of.'];
  return [
    { name: 'breakwater_guard_rejections_total', type: 'counter', help: rejected, samples: ofEach('rejections') },
    { name: 'breakwater_guard_transitions_total', type: 'counter', help: moved, samples: ofEach('transitions') },
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples };
}

function metricText({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
