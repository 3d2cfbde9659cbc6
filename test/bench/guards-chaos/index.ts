import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type ActName, acts, runChaos } from '../../flows/guards-chaos/story.ts';
import { judge, type Silence, type Verdict } from '../../flows/guards-chaos/verdict.ts';
import type { Bench, BenchOptions, Findings } from '../bench.ts';
import { kind, ms } from '../engine/part.ts';
import { type Figure, figureOf } from '../figure.ts';

/** Whether guards keep what they promise while their instances and their Redis are stopped and killed. */
export const guardsChaosBench: Bench = {
  about: 'processes that share guards, skewed clocks, Redis killed, stopped and lost, instances killed and stopped',
  run,
};

/** A lease is longer than it takes to find Redis again. */
const setting = {
  limit: 6,
  queueMost: 1_000,
  leaseMs: 3_000,
  holdMs: 10,
  failures: 5,
  openMs: 200,
  poolWorkers: 8,
  targetWorkers: 4,
} as const;

const rounds = 3;
const phaseMs = 2_000;

async function run({ dir, tell }: BenchOptions): Promise<Findings> {
  const names = Object.keys(acts) as ActName[];
  tell(`${rounds} rounds of: ${names.join(', ')}`);
  const logs = mkdtempSync(join(dir, 'chaos-'));
  const verdict = judge(await runChaos({ setting: { ...setting, dir: logs }, rounds, acts: names, phaseMs }));
  for (const fault of verdict.modeFaults) tell(fault);
  return { settings: { ...setting, ...notes, rounds, phaseMs }, figures: figuresOf(verdict), skipped: [] };
}

function figuresOf(verdict: Verdict): Figure[] {
  const one = (name: string, value: number, of: Parameters<typeof figureOf>[2]) => figureOf(name, [value], of);
  const silence = (name: string, { ms: value, who, phase }: Silence, goal?: number) =>
    one(`${name}: the longest silence of an instance (${who}, ${phase})`, value, ms(goal));
  return [
    one('permits in use at once, most', verdict.heldMost.count, kind('permits', 'lower', setting.limit)),
    one(
      'instance killed or stopped: all permits in use again, most',
      Math.max(...verdict.backMs),
      ms(setting.leaseMs + 50),
    ),
    one('probes at once at a dead target, most', verdict.probesAtOnce, kind('probes', 'lower', 1)),
    one('probes each time that it is half open', verdict.probesPerHalfOpen, kind('probes', 'lower', 1)),
    one('times that it was half open', verdict.halfOpens, kind('times', 'higher')),
    one('transitions lost', verdict.lost.length, kind('transitions', 'lower', 0)),
    one('transitions kept', verdict.kept, kind('transitions', 'higher')),
    one('modes not told', verdict.modeFaults.length, kind('faults', 'lower', 0)),
    silence('breaker', verdict.breakerSilence, 1_000),
    silence('bulkhead', verdict.poolSilence),
    one('calls', verdict.calls, kind('calls', 'higher')),
  ];
}

const notes = {
  processes: 'three at a time, their clocks 0, 5 s ahead and 5 s behind; one that was killed is followed by another',
  judged: 'by logs of all processes in the order of the monotonic clock of the machine, which they share',
  redis: 'a redis-server of its own: stopped with SIGSTOP, killed, and started with nothing in it',
};
