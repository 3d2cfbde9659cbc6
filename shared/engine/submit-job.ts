import { newId } from '../core/id.ts';
import { type Birth, fingerprintOf, type JobSpec, newJob } from '../jobs/index.ts';
import type { Created } from '../ports/index.ts';
import type { Committer } from './commit-events.ts';
import type { Handler, SubmitOptions, Submitted } from './engine.ts';
import { noPools, type Pools } from './guards/pools.ts';
import type { Parts, Settings } from './parts.ts';
import { tryAgain } from './try-again.ts';

/** J8, J9: once this answers, the job is stored and will end; the same key is the same job. */
export async function submitJob(
  parts: Parts,
  settings: Settings,
  committer: Committer,
  handlers: ReadonlyMap<string, Handler>,
  spec: JobSpec,
  options: SubmitOptions,
): Promise<Submitted> {
  const known = { handlers, pools: parts.guards?.pools ?? noPools };
  const ofDoor = options.parent ? [] : [...unknownNames(spec, known), ...pastDeadline(spec, parts.clock.now())];
  const faults = [...(options.faults ?? []), ...ofDoor];
  if (faults.length > 0) return (await submittedBefore(parts, spec, options)) ?? { kind: 'refused', faults };
  const now = parts.clock.now();
  const birth = birthOf(parts, spec, options, now);
  let created: Created = { kind: 'exists', jobId: birth.id };
  const submitted = { kind: 'submitted', ...(options.trace !== undefined && { trace: options.trace }) } as const;
  const isNew = await committer.create(newJob(birth, now), submitted, async ({ after, audit, sessions }) => {
    created = await tryAgain(parts, settings.storePatienceMs, () => parts.store.create(after, audit, sessions));
    // Its own id: an earlier try was stored although it seemed to fail.
    return created.kind === 'created' || (created.jobId === birth.id && !options.jobId);
  });
  if (isNew) return { kind: 'created', jobId: birth.id };
  // It is there under its own id: perhaps by a try of ours that was not answered, whose claims are taken up.
  if (options.jobId !== undefined) await committer.commit(options.jobId, []);
  return existing(created, birth);
}

/** What would be refused now may have been accepted under its key when it came first. */
async function submittedBefore(
  { store }: Parts,
  spec: JobSpec,
  { idempotencyKey, fingerprint = fingerprintOf(spec) }: SubmitOptions,
): Promise<Submitted | undefined> {
  if (idempotencyKey === undefined) return undefined;
  const [before] = (await store.list({ idempotencyKey, size: 1 })).jobs;
  const sent = before && (await store.load(before.jobId))?.header.idempotency?.fingerprint;
  return before && { kind: sent === fingerprint ? 'existing' : 'keyReused', jobId: before.jobId };
}

function birthOf(
  { random }: Parts,
  spec: JobSpec,
  { idempotencyKey, jobId, parent, fingerprint = fingerprintOf(spec) }: SubmitOptions,
  now: number,
): Birth {
  return {
    id: jobId ?? newId(now, random),
    spec,
    ...(idempotencyKey !== undefined && { idempotency: { key: idempotencyKey, fingerprint } }),
    ...(parent && { parent }),
  };
}

function existing(created: Created, birth: Birth): Submitted {
  const jobId = created.kind === 'exists' ? created.jobId : birth.id;
  const before = created.kind === 'exists' ? created.idempotency?.fingerprint : undefined;
  const other = birth.idempotency && before !== undefined && before !== birth.idempotency.fingerprint;
  return { kind: other ? 'keyReused' : 'existing', jobId };
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** What nodes may name of this engine's. */
interface Known {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly pools: Pick<Pools, 'names'>;
}

function unknownNames(spec: JobSpec, known: Known, path = ''): Fault[] {
  const faults: Fault[] = [];
  for (const [index, node] of spec.nodes.entries()) {
    const called = node.type === 'map' ? node.node : node;
    const at = () => `${path}nodes[${index}]${node.type === 'map' ? '.node' : ''}`;
    if (called.type === 'job') faults.push(...unknownNames(called.job, known, `${at()}.job.`));
    else faults.push(...unknownNamesOf(called, known, at));
    const undo = 'compensate' in called ? called.compensate : undefined;
    if (undo) faults.push(...unknownNamesOf(undo, known, () => `${at()}.compensate`));
  }
  return faults;
}

function unknownNamesOf(
  { handler, bulkhead }: { readonly type: string; readonly handler?: string; readonly bulkhead?: string },
  { handlers, pools }: Known,
  at: () => string,
): Fault[] {
  const faults: Fault[] = [];
  if (handler !== undefined && !handlers.has(handler)) {
    const names = [...handlers.keys()].sort().join(', ') || 'none';
    faults.push({ path: `${at()}.handler`, message: `no handler \`${handler}\` is registered; known are: ${names}` });
  }
  if (bulkhead !== undefined && !pools.names().includes(bulkhead)) {
    const names = pools.names().join(', ') || 'none';
    faults.push({ path: `${at()}.bulkhead`, message: `there is no bulkhead \`${bulkhead}\`; known are: ${names}` });
  }
  return faults;
}

function pastDeadline({ deadline }: JobSpec, now: number): Fault[] {
  if (deadline === undefined || deadline > now) return [];
  return [{ path: 'deadline', message: `the deadline ${new Date(deadline).toISOString()} has passed` }];
}
