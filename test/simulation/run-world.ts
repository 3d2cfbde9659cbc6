import { createHash } from 'node:crypto';
import { createMemoryBatches } from '../../shared/adapters/memory/batches.ts';
import { createMemoryJobStore } from '../../shared/adapters/memory/job-store.ts';
import { createMemoryParcels } from '../../shared/adapters/memory/parcels.ts';
import { createMemoryTargetCounts } from '../../shared/adapters/memory/target-counts.ts';
import { parseJobSpec } from '../../shared/jobs/document/index.ts';
import {
  indexOfNode,
  isFinal,
  type JobState,
  type MapNode,
  type NodeType,
  nodeSpecAt,
} from '../../shared/jobs/index.ts';
import { type Outage, planAccidents } from './accidents.ts';
import { streamOf } from './chance.ts';
import { sendClients } from './clients.ts';
import { createFaults, type Fault } from './faults.ts';
import { createJudge } from './judge/judge.ts';
import { judgeEnd } from './judge-end.ts';
import { judgedStore } from './judged-store.ts';
import { createScheduler } from './scheduler.ts';
import { startOfTime, type WorldSettings } from './settings.ts';
import { shapes } from './shapes/named.ts';
import { typeShapes } from './shapes/of-each-type.ts';
import type { Shape } from './shapes/sketch.ts';
import { createSharedGuards, withPool } from './shared-guards.ts';
import { createStaff } from './staff.ts';
import type { World } from './world.ts';

export interface WorldReport {
  readonly settings: WorldSettings;
  readonly failures: readonly string[];
  readonly injected: readonly Fault[];
  readonly trace: readonly string[];
  /** Equal for equal traces. */
  readonly fingerprint: string;
  readonly commits: number;
  readonly events: number;
  readonly crashes: number;
  readonly conflicts: number;
  /** The port calls that were made, by place. */
  readonly points: readonly string[];
  readonly moves: ReadonlySet<string>;
  readonly virtualMs: number;
  /** What became of the jobs. */
  readonly states: readonly JobState[];
}

/** Everything a job can wait for is over long before this, once nothing goes wrong any more. */
const patienceMs = 3_600_000;

/** From its seed to its end: the same settings give the same trace. */
export async function runWorld(settings: WorldSettings): Promise<WorldReport> {
  const { seed, quietMs } = settings;
  const quietAt = startOfTime + quietMs;
  const scheduler = createScheduler(startOfTime, streamOf(seed, 2));
  const trace: string[] = [];
  const tell = (line: string) => void trace.push(`${(scheduler.now() - startOfTime).toFixed(3)} ${line}`);
  const hubClock = {
    now: scheduler.now,
    sleep: (ms: number) => new Promise<void>((end) => void scheduler.at(scheduler.now() + ms, end)),
  };
  const judge = createJudge(scheduler.now, tell);
  const store = createMemoryJobStore({ yieldEvery: Infinity });
  const drawn = settings.shapes.map((name, place) => drawShape(name, place, settings));
  const staff = createStaff(() => world, quietAt);
  let outages: readonly Outage[] = [];

  const world: World = {
    settings,
    scheduler,
    faults: createFaults(seed, { ...settings, quietAt }),
    random: streamOf(seed, 3),
    store: judgedStore(store, judge),
    parcels: createMemoryParcels(),
    counts: createMemoryTargetCounts(),
    batches: createMemoryBatches(),
    recoveries: store.recoveries,
    shared: settings.sharedGuards ? createSharedGuards(hubClock, streamOf(seed, 11)) : undefined,
    quietAt,
    judge,
    trace: tell,
    isDown: () => outages.some(({ from, to }) => from <= scheduler.now() && scheduler.now() < to),
    onDeath: staff.replace,
    anyProcess: staff.any,
    ask: staff.ask,
    fateOf: (jobId, nodeId) => shapeOf(jobId).fates.get(nodeId.replace(/~\d+$/, ''))!,
    specOf(jobId, nodeId) {
      const { job } = judge.jobs.get(jobId)!;
      // An item that is gone was its map's as well.
      const map = job.spec.nodes.find((each) => each.type === 'map' && nodeId.startsWith(`${each.id}[`)) as MapNode;
      const node = indexOfNode(job, nodeId);
      return node === undefined ? map.node : nodeSpecAt(job, node);
    },
  };

  function shapeOf(jobId: string): Shape {
    const root = judge.jobs.get(jobId.split('.')[0]!)!;
    return drawn.find(({ name }) => name === root.job.spec.name)!;
  }

  outages = planAccidents(world, staff);
  staff.start();
  let said = false;
  sendClients(world, drawn, streamOf(seed, 4)).then(
    () => {
      said = true;
    },
    (error: unknown) => judge.blame(`a client failed: ${String(error)}`, error),
  );
  const isOver = () =>
    judge.faults.length > 0 || (said && [...judge.jobs.values()].every(({ job }) => isFinal(job.header.state)));
  judgeEnd(world, drawn, await scheduler.run(isOver, quietAt + patienceMs));
  return {
    settings,
    failures: judge.faults,
    injected: world.faults.injected,
    trace,
    fingerprint: createHash('sha256').update(trace.join('\n')).digest('hex').slice(0, 16),
    commits: judge.commits,
    events: judge.events,
    crashes: staff.deaths,
    conflicts: store.usage().conflicts,
    points: world.faults.points,
    moves: judge.moves,
    virtualMs: scheduler.now() - startOfTime,
    states: [...judge.jobs.values()].map(({ job }) => job.header.state),
  };
}

function drawShape(name: string, place: number, { seed, size, sharedGuards }: WorldSettings): Shape {
  const draw = shapes[name] ?? typeShapes[name as NodeType];
  const shape = draw(streamOf(seed, 100 + place), size);
  const named = `${name}-${place}`;
  const spec = sharedGuards ? withPool(shape.spec) : shape.spec;
  const parsed = parseJobSpec({ ...spec, name: named }, startOfTime - 1);
  if (parsed.kind === 'faults') throw new Error(`seed ${seed}: ${JSON.stringify(parsed.faults)}`);
  return { ...shape, name: named, spec: parsed.spec };
}
