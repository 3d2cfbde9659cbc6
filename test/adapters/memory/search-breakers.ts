import {
  createMemoryBreakerStates,
  type KeptBreakers,
  noBreakers,
} from '../../../shared/adapters/memory/breaker-states.ts';
import { type BreakerRules, defaultBreakerRules } from '../../../shared/policy/breaker/index.ts';
import type { BreakerStates, BreakerTransition, FleetBreaker } from '../../../shared/ports/index.ts';

/** Two failures open it, one probe at a time, two successes close it. A probe lasts longer than the breaker is open. */
export const rules: BreakerRules = {
  ...defaultBreakerRules,
  failures: 2,
  window: { kind: 'time', ms: 3_600_000 },
  openMs: 100,
  openMsMost: 100,
  probes: 1,
  successes: 2,
  probeMs: 300,
  spreadMs: 100,
};

/** All that there is at one moment: the store, its clock, what instances know, and requests that are still on their way. */
export interface World {
  readonly now: number;
  /** How often the store has come back empty. */
  readonly life: number;
  readonly kept: KeptBreakers;
  readonly instances: readonly Instance[];
  readonly late: readonly Request[];
  /** As an observer who sees everything counts them. */
  readonly seen: Seen;
}

interface Instance {
  readonly known?: FleetBreaker;
  readonly probe?: number;
}

interface Seen {
  readonly probes: readonly { readonly number: number; readonly until: number; readonly life: number }[];
  /** Of this life of the store, and not acknowledged. */
  readonly owed: readonly BreakerTransition[];
  readonly lastVersion: number;
  readonly successes: number;
}

type Request =
  | { readonly kind: 'report' | 'ask'; readonly from: number; readonly known?: FleetBreaker }
  | {
      readonly kind: 'settle';
      readonly from: number;
      readonly probe: number;
      readonly outcome: 'succeeded' | 'failed';
    };

type Fate = 'answered' | 'answer lost' | 'late' | 'doubled';

export type Action =
  | { readonly kind: 'send'; readonly request: Request; readonly fate: Fate }
  | { readonly kind: 'arrive' }
  | { readonly kind: 'learn'; readonly instance: number }
  | { readonly kind: 'forget'; readonly instance: number }
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'wait'; readonly ms: number };

export const firstWorld = (instances: number): World => ({
  now: 1_000_000,
  life: 0,
  kept: noBreakers(),
  instances: Array.from({ length: instances }, () => ({})),
  late: [],
  seen: { probes: [], owed: [], lastVersion: 0, successes: 0 },
});

const fates: readonly Fate[] = ['answered', 'answer lost', 'late', 'doubled'];

/** What may happen next. One request at most is on its way, and the store is lost twice at most: that is what makes the search end. */
export function actionsOf({ instances, late, life, kept, seen }: World): Action[] {
  const requests = instances.flatMap(({ known, probe }, from): Request[] => {
    const knows = known === undefined ? {} : { known };
    if (probe !== undefined)
      return [
        { kind: 'settle', from, probe, outcome: 'succeeded' },
        { kind: 'settle', from, probe, outcome: 'failed' },
      ];
    return [{ kind: known === undefined || known.state === 'closed' ? 'report' : 'ask', from, ...knows }];
  });
  const sent = requests.flatMap((request) =>
    fates
      .filter((fate) => late.length === 0 || fate === 'answered' || fate === 'answer lost')
      .map((fate): Action => ({ kind: 'send', request, fate })),
  );
  const all: Action[] = [...sent, { kind: 'wait', ms: 130 }, { kind: 'wait', ms: 301 }];
  if (late.length > 0) all.push({ kind: 'arrive' });
  if (kept.breakers.size > 0) {
    instances.forEach((_, instance) => void all.push({ kind: 'learn', instance }));
    if (life < 2) all.push({ kind: 'restart' });
  }
  if (instances[0]!.known !== undefined) all.push({ kind: 'forget', instance: 0 });
  if (seen.owed.length > 0) all.push({ kind: 'acknowledge' });
  return all;
}

/** The world after it. Throws where a promise is broken. */
export async function act(world: World, action: Action): Promise<World> {
  switch (action.kind) {
    case 'wait':
      return { ...world, now: world.now + action.ms };
    case 'restart':
      // To come back takes it longer than its versions are ahead of its clock, which is a millisecond for each transition of one millisecond.
      return afterRestart({ ...world, now: world.now + 20 });
    case 'forget':
      return { ...world, instances: world.instances.with(action.instance, {}) };
    case 'arrive':
      return deliver({ ...world, late: [] }, world.late[0]!, true);
    case 'send': {
      const { request, fate } = action;
      const sent = { ...world, instances: world.instances.with(request.from, withoutProbe(world, request)) };
      if (fate === 'late') return { ...sent, late: [request] };
      const after = await deliver(sent, request, fate === 'answered' || fate === 'doubled');
      return fate === 'doubled' ? { ...after, late: [request] } : after;
    }
    case 'learn':
      return inStore(world, async (states, after) => {
        const { breakers } = await states.readAll();
        return hears(after, action.instance, breakers[0]);
      });
    case 'acknowledge':
      return inStore(world, async (states, after) => {
        await states.transitions(await states.transitions([], 1), 0);
        return { ...after, seen: { ...after.seen, owed: after.seen.owed.slice(1) } };
      });
  }
}

function afterRestart(world: World): World {
  return { ...world, kept: noBreakers(), life: world.life + 1, seen: { ...world.seen, owed: [], successes: 0 } };
}

/** Who has said what became of its probe does not say so again. */
function withoutProbe({ instances }: World, { kind, from }: Request): Instance {
  const { known } = instances[from]!;
  return kind === 'settle' ? (known === undefined ? {} : { known }) : instances[from]!;
}

function deliver(world: World, request: Request, isAnswered: boolean): Promise<World> {
  return inStore(world, async (states, after) => {
    const name = `i${request.from}`;
    switch (request.kind) {
      case 'report': {
        const { known } = request;
        const counted = { calls: 1, failures: 1, slow: 0, failuresInRow: 1 };
        const [breaker] = await states.report(name, [{ name: 'b', rules, ...counted, ...(known && { known }) }]);
        return isAnswered ? hears(after, request.from, breaker) : after;
      }
      case 'ask': {
        const answer = await states.askProbe(name, 'b', rules, request.known);
        const heard = isAnswered ? hears(after, request.from, answer.breaker) : after;
        if (answer.kind !== 'granted') return heard;
        const probes = [
          ...heard.seen.probes,
          { number: answer.probe, until: world.now + rules.probeMs, life: world.life },
        ];
        const granted = { ...heard, seen: { ...heard.seen, probes } };
        if (!isAnswered) return granted;
        const asker = { ...granted.instances[request.from]!, probe: answer.probe };
        return { ...granted, instances: granted.instances.with(request.from, asker) };
      }
      case 'settle': {
        const { probe, outcome } = request;
        const isUnderWay = after.seen.probes.some(({ number, until }) => number === probe && until > world.now);
        const successes = after.seen.successes + Number(isUnderWay && outcome === 'succeeded');
        const breaker = await states.settleProbe(name, 'b', probe, outcome, rules);
        const probes = after.seen.probes.filter(({ number }) => number !== probe);
        const settled = { ...after, seen: { ...after.seen, probes, successes } };
        return isAnswered ? hears(settled, request.from, breaker) : settled;
      }
    }
  });
}

/** Nobody believes one who knows less. */
function hears(world: World, instance: number, breaker: FleetBreaker | undefined): World {
  const before = world.instances[instance]!;
  if (breaker === undefined || breaker.version < (before.known?.version ?? 0)) return world;
  return { ...world, instances: world.instances.with(instance, { ...before, known: breaker }) };
}

/** One step at a copy of the store, and all that must hold after it. */
async function inStore(world: World, work: (states: BreakerStates, after: World) => Promise<World>): Promise<World> {
  const kept = structuredClone(world.kept);
  const clock = { now: () => world.now, sleep: () => Promise.resolve() };
  const states = createMemoryBreakerStates({ clock, random: { next: () => 0.5 } }, kept);
  const told: FleetBreaker[] = [];
  states.watch(
    (breaker) => void told.push(breaker),
    () => {},
  );
  const before = world.kept.breakers.get('b')?.version ?? 0;
  const after = await work(states, { ...world, kept });
  await Promise.resolve();
  return judge(after, before, await states.transitions([], 1_000));
}

function judge(world: World, before: number, owed: readonly BreakerTransition[]): World {
  const { seen, now, life, kept } = world;
  const made = owed.filter(({ version }) => !seen.owed.some((one) => one.version === version));
  const lost = seen.owed.filter(({ version }) => !owed.some((one) => one.version === version));
  must(lost.length === 0, `transition ${lost[0]?.version} is lost`);
  let { lastVersion, successes } = seen;
  for (const { version, from, to } of made) {
    must(version > lastVersion, `version ${version} is given after ${lastVersion}`);
    lastVersion = version;
    must(
      to !== 'closed' || (from === 'half_open' && successes >= rules.successes),
      `it closes after ${successes} successes`,
    );
    if (to !== 'half_open' || from !== 'half_open') successes = 0;
  }
  must((kept.breakers.get('b')?.version ?? 0) >= before, 'the version goes back');
  const probes = seen.probes.filter(({ until }) => until > now);
  must(
    probes.filter((one) => one.life === life).length <= rules.probes,
    'more probes are under way than the rules say',
  );
  return { ...world, seen: { ...seen, probes, owed, lastVersion, successes } };
}

function must(isSo: boolean, otherwise: string): asserts isSo {
  if (!isSo) throw new Error(otherwise);
}

/** The same for all worlds that can't be told apart by what may come of them: times from now, and versions by their order. */
export function keyOf({ now, life, kept, instances, late, seen }: World): string {
  const breaker = kept.breakers.get('b');
  const facts = { life, breaker: breaker && { ...breaker, counts: countsOf(breaker) }, instances, late, seen };
  const numbers = new Set<number>([now]);
  const isVersion = (value: unknown): value is number => typeof value === 'number' && value > 900_000;
  const note = JSON.stringify(facts, (key, value: unknown) => {
    if (key === 'because' || key === 'at' || key === 'instance') return undefined;
    if (isVersion(value) && key !== 'until') numbers.add(value);
    return value;
  });
  const order = [...numbers].sort((one, other) => one - other);
  return JSON.stringify(JSON.parse(note), (key, value: unknown) => {
    if (!isVersion(value)) return key === 'until' || key === 'warmUntil' ? undefined : value;
    return key.toLowerCase().endsWith('until') ? `+${Math.max(0, value - now)}` : `v${order.indexOf(value)}`;
  });
}

function countsOf({ counts }: NonNullable<ReturnType<KeptBreakers['breakers']['get']>>): unknown {
  return counts && [...counts.instances].map(([name, { row }]) => [name, row]);
}
