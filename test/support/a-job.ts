import type { Json } from '../../shared/core/json.ts';
import type {
  AuditLine,
  Job,
  JobHeader,
  JobSpec,
  NodeRun,
  NodeSpec,
  RecoverySession,
  SettledNode,
} from '../../shared/jobs/index.ts';
import { limits } from '../../shared/jobs/limits.ts';
import type { JobChange } from '../../shared/ports/index.ts';

/** Jobs made by hand, for tests of what keeps and moves them without knowing how a job comes to be. */
export interface JobBuilder {
  named(name: string): JobBuilder;
  /** A `function` node; `after` are the ids that it depends on. */
  withNode(id: string, ...after: readonly string[]): JobBuilder;
  withNodes(count: number): JobBuilder;
  withInput(input: Json): JobBuilder;
  withKey(key: string, fingerprint?: string): JobBuilder;
  withHeader(header: Partial<JobHeader>): JobBuilder;
  submittedAt(time: number): JobBuilder;
  /** Absent for a final job. */
  dueAt(time: number): JobBuilder;
  build(): Job;
}

export function aJob(id = 'job-1'): JobBuilder {
  let spec: JobSpec = { name: 'order', nodes: [] };
  let header: Partial<JobHeader> = {};
  const withHeader = (more: Partial<JobHeader>) => {
    header = { ...header, ...more };
    return builder;
  };
  const withNodes = (nodes: readonly NodeSpec[]) => {
    spec = { ...spec, nodes: [...spec.nodes, ...nodes] };
    return builder;
  };
  const builder: JobBuilder = {
    named(name) {
      spec = { ...spec, name };
      return builder;
    },
    withNode: (node, ...after) => withNodes([aNode(node, after)]),
    withNodes: (count) => withNodes(Array.from({ length: count }, (_, at) => aNode(`n${spec.nodes.length + at}`, []))),
    withInput(input) {
      spec = { ...spec, input };
      return builder;
    },
    withKey: (key, fingerprint = `print of ${key}`) => withHeader({ idempotency: { key, fingerprint } }),
    withHeader,
    submittedAt: (submittedAt) => withHeader({ submittedAt }),
    dueAt: (nextCheckAt) => withHeader({ nextCheckAt }),
    build() {
      const whole = spec.nodes.length === 0 ? { ...spec, nodes: [aNode('pay', [])] } : spec;
      return { id, spec: whole, header: { ...newHeader, ...header }, pages: pagesOf(whole, new Map()) };
    },
  };
  return builder;
}

export interface ChangeParts {
  /** What becomes of nodes, by index; an index beyond the last adds nodes. */
  readonly nodes?: Readonly<Record<number, NodeRun>>;
  readonly header?: Partial<JobHeader>;
  /** Fields that go. */
  readonly without?: readonly (keyof JobHeader)[];
  /** How many audit lines the change brings, or what they say. */
  readonly audit?: number | readonly Partial<AuditLine>[];
  readonly sessions?: readonly RecoverySession[];
  /** A corrected one. */
  readonly spec?: JobSpec;
}

/** The change that leads from `before` to a job of the next version. */
export function aChange(
  before: Job,
  { nodes = {}, header = {}, without = [], audit = 1, sessions = [], spec = before.spec }: ChangeParts = {},
): JobChange {
  const runs = new Map(before.pages.flatMap((page) => page.nodes).entries());
  for (const [index, run] of Object.entries(nodes)) runs.set(Number(index), run);
  const { version, auditCount } = before.header;
  const parts = typeof audit === 'number' ? Array.from({ length: audit }, () => ({})) : audit;
  const lines = parts.map((part, at) => aLine(auditCount + at + 1, part));
  const next = { ...before.header, ...header, version: version + 1, auditCount: auditCount + lines.length };
  for (const field of without) delete (next as Record<string, unknown>)[field];
  const made = pagesOf(spec, runs);
  const touched = new Set(Object.keys(nodes).map((index) => Math.floor(Number(index) / limits.nodesPerPage)));
  const pages = made.map((page, no) => (touched.has(no) ? { ...page, dueAt: 1_700_000_000_000.25 + no } : page));
  const kept = pages.map((page, no) => (sameRuns(page, before.pages[no]) ? before.pages[no]! : page));
  return {
    before,
    after: { ...before, spec, header: next, pages: kept },
    pages: [...touched],
    results: Object.keys(nodes).map(Number),
    audit: lines,
    sessions,
  };
}

export function aLine(seq: number, line: Partial<AuditLine> = {}): AuditLine {
  return { at: 1_000 + seq / 8, event: 'claimed', node: 'pay', attempt: 1, to: 'running', ...line, seq };
}

export function succeeded(result: Json = null): SettledNode {
  return { state: 'succeeded', ...past, startedAt: 2_000.5, endedAt: 3_000.25, result };
}

export const running: NodeRun = {
  state: 'running',
  attempt: 1,
  failures: 0,
  leaseLosses: 0,
  readyAt: 1_000.125,
  startedAt: 2_000.5,
  owner: 'executor-1',
  leaseUntil: 32_000,
};

/** A map's item that its map has not let start. */
export const blockedItem: NodeRun = { state: 'blocked', unsettled: 0, succeeded: 0 };

const past = { attempt: 1, failures: 0, leaseLosses: 0, readyAt: 1_000.125 };

const aNode = (id: string, dependsOn: readonly string[]): NodeSpec => ({
  id,
  type: 'function',
  handler: 'noop',
  ...(dependsOn.length > 0 && { dependsOn }),
});

const isDone = (run: NodeRun | undefined): boolean =>
  run !== undefined && ['succeeded', 'failed', 'skipped', 'cancelled'].includes(run.state);

function pagesOf(spec: JobSpec, runs: ReadonlyMap<number, NodeRun>): Job['pages'] {
  const places = new Map(spec.nodes.map(({ id }, index) => [id, index]));
  const all = Array.from({ length: Math.max(spec.nodes.length, runs.size) }, (_, index): NodeRun => {
    const run = runs.get(index);
    if (run && run.state !== 'blocked') return run;
    const on = (spec.nodes[index]?.dependsOn ?? []).map((id) => runs.get(places.get(id)!));
    const unsettled = on.filter((each) => !isDone(each)).length;
    const succeeded = on.filter((each) => each?.state === 'succeeded').length;
    return { ...run, state: 'blocked', unsettled, succeeded };
  });
  const pages: { nodes: NodeRun[]; dueAt: number; alarmAt: number }[] = [];
  for (let first = 0; first < all.length; first += limits.nodesPerPage) {
    pages.push({ nodes: all.slice(first, first + limits.nodesPerPage), dueAt: Infinity, alarmAt: Infinity });
  }
  return pages;
}

function sameRuns(page: Job['pages'][number], before: Job['pages'][number] | undefined): boolean {
  return JSON.stringify(page.nodes) === JSON.stringify(before?.nodes);
}

const newHeader: JobHeader = {
  version: 1,
  state: 'pending',
  submittedAt: 1_000.125,
  tally: {
    blocked: 0,
    ready: 0,
    running: 0,
    waiting: 0,
    retrying: 0,
    succeeded: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    lost: 0,
  },
  nextCheckAt: 2_000,
  checkedAt: 1_000.125,
  auditCount: 0,
  inbox: [],
  signalIds: [],
  maps: [],
  resultBytes: 0,
};
