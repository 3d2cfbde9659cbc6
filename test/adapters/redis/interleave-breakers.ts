import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { type Random, seededRandom } from '../../../shared/core/random.ts';
import type { BreakerRules } from '../../../shared/policy/breaker/index.ts';
import type { BreakerStates, BreakerTransition, FleetBreaker } from '../../../shared/ports/index.ts';
import { suiteRules } from '../../contracts/breaker-states.suite.ts';

const rules: BreakerRules = {
  ...suiteRules,
  failures: 2,
  openMs: 40,
  openMsMost: 40,
  probes: 2,
  successes: 2,
  probeMs: 5_000,
};
/** By these an asker takes probes for lost that nobody settled. */
const impatient: BreakerRules = { ...rules, probeMs: 25 };
const clock = createMachineClock();

export interface Interleaved {
  openings: number;
  readonly faults: string[];
  readonly drained: Map<string, BreakerTransition>;
  /** Of changes that somebody was told of, by answer or by message. */
  readonly told: Map<string, FleetBreaker>;
}

/** One story of each breaker, all at the same time, and each told by all instances at once; beside them two who drain what is to be kept. */
export async function interleave(
  instances: readonly BreakerStates[],
  names: readonly string[],
  openingsMost: number,
  seed: number,
): Promise<Interleaved> {
  const run: Interleaved = { openings: 0, faults: [], drained: new Map(), told: new Map() };
  const ended = new AbortController();
  const heard = instances[0]!.watch(
    (breaker) => note(run, breaker),
    () => {},
  );
  const stories = names.map((name, at) =>
    tellStory(instances, name, seededRandom(seed * 1_000 + at), run, openingsMost),
  );
  const drains = [0, 1].map((at) => drain(instances[at]!, run, seededRandom(seed + at), ended.signal));
  await Promise.all([Promise.all(stories).finally(() => ended.abort()), ...drains]);
  await drain(instances[0]!, run, { next: () => 0.9 }, AbortSignal.abort());
  heard();
  return run;
}

/** Every transition follows the one before it: a record that was lost would leave a gap. */
export function gapsIn({ drained, told }: Interleaved): string[] {
  const gaps: string[] = [];
  const before = new Map<string, string>();
  for (const { name, version, from, to } of [...drained.values()].sort((a, b) => a.version - b.version)) {
    if (from !== (before.get(name) ?? 'closed'))
      gaps.push(`${name} ${version} goes on from ${from}, not ${before.get(name)}`);
    before.set(name, to);
  }
  for (const [key, { state }] of told)
    if (drained.get(key)?.to !== state) gaps.push(`${key} (${state}) was told and not kept`);
  return gaps;
}

async function tellStory(
  instances: readonly BreakerStates[],
  name: string,
  random: Random,
  run: Interleaved,
  openingsMost: number,
): Promise<void> {
  const old: number[] = [];
  const fault = (text: string) => void run.faults.push(`${name}: ${text}`);
  const one = () => Math.floor(random.next() * instances.length);

  async function ask(asked = rules): Promise<number[]> {
    const answers = await Promise.all(
      instances.flatMap((states, at) => [0, 1].map(() => states.askProbe(`i${at}`, name, asked))),
    );
    for (const { breaker } of answers) note(run, breaker);
    return answers.flatMap((answer) => (answer.kind === 'granted' ? [answer.probe] : []));
  }

  /** Sent twice, by any two instances, and late ones of earlier openings between. */
  async function settle(probe: number, outcome: 'succeeded' | 'failed' | 'unheard'): Promise<FleetBreaker> {
    const late = old.length > 0 ? [old[Math.floor(random.next() * old.length)]!] : [];
    const said = [probe, probe, ...late].map((number) =>
      instances[one()]!.settleProbe('i', name, number, number === probe ? outcome : 'failed', rules),
    );
    const breakers = await Promise.all(said);
    for (const breaker of breakers) note(run, breaker);
    old.push(probe);
    return breakers.reduce((last, breaker) => (breaker.version > last.version ? breaker : last));
  }

  let since = clock.now();
  let breaker = await openIt(instances, name, run);
  while (run.openings < openingsMost) {
    run.openings++;
    if (breaker.state !== 'open') fault(`is ${breaker.state} and not open`);
    const early = await instances[one()]!.askProbe('i', name, rules);
    if (early.kind === 'granted' && clock.now() - since < rules.openMs * 0.8) fault('lets a probe through too early');
    if (early.kind === 'granted') old.push(early.probe);
    if (early.kind === 'granted') await settle(early.probe, 'unheard');
    await clock.sleep((breaker.openForMs ?? 0) + 3);
    const granted = await ask();
    if (new Set(granted).size !== 2) fault(`lets ${granted.length} probes through, not 2`);
    const [first, second] = granted;
    if (first === undefined || second === undefined) return;
    if ((await ask()).length > 0) fault('lets more probes through while 2 are under way');
    since = clock.now();
    breaker = await endIt(random.next(), first, second);
    if (breaker.state === 'closed') breaker = await openIt(instances, name, run);
  }

  async function endIt(chance: number, first: number, second: number): Promise<FleetBreaker> {
    if (chance < 0.3) return settle(random.next() < 0.5 ? first : second, 'failed');
    if (chance < 0.5) {
      await settle(first, 'unheard');
      const [third, ...more] = await ask();
      if (third === undefined || more.length > 0)
        fault(`lets ${more.length} more probes through for one that was unheard`);
      return settle(third ?? second, 'failed');
    }
    if (chance < 0.6) {
      await clock.sleep(2);
      await ask(impatient);
      await clock.sleep(30);
      const again = await ask();
      if (again.length !== 2) fault(`lets ${again.length} probes through for 2 that were lost`);
      if ((await settle(first, 'failed')).state !== 'half_open') fault('hears a probe that was lost');
      return settle(again[0] ?? second, 'failed');
    }
    const [, last] = await Promise.all([settle(first, 'succeeded'), settle(second, 'succeeded')]);
    const closed = last.state === 'closed' ? last : (await instances[0]!.report('i', [quiet(name)]))[0]!;
    if (closed.state !== 'closed') fault(`is ${closed.state} after two successes`);
    return closed;
  }
}

const quiet = (name: string) => ({ name, rules, calls: 0, failures: 0, slow: 0, failuresInRow: 0 });

/** All say at once that it failed. */
async function openIt(instances: readonly BreakerStates[], name: string, run: Interleaved): Promise<FleetBreaker> {
  const failed = { ...quiet(name), calls: 2, failures: 2, failuresInRow: 2 };
  const said = await Promise.all(instances.map((states, at) => states.report(`i${at}`, [failed])));
  for (const [breaker] of said) note(run, breaker!);
  return said.flat().reduce((last, breaker) => (breaker.version > last.version ? breaker : last));
}

function note({ told }: Interleaved, breaker: FleetBreaker): void {
  if (breaker.version > 0) told.set(`${breaker.name} ${breaker.version}`, breaker);
}

/** Now and then it dies between keeping and acknowledging. */
async function drain(
  states: BreakerStates,
  { drained }: Interleaved,
  random: Random,
  ended: AbortSignal,
): Promise<void> {
  let kept: readonly BreakerTransition[] = [];
  do {
    const found = await states.transitions(kept, 200);
    for (const one of found) drained.set(`${one.name} ${one.version}`, one);
    kept = random.next() < 0.2 ? [] : found;
    if (!ended.aborted) await clock.sleep(5);
  } while (!ended.aborted || kept.length > 0);
}
