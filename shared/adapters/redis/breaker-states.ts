import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { type BreakerRules, failuresUntilEvident } from '../../policy/breaker/index.ts';
import type { BreakerStates, FleetBreaker, ProbeAnswer } from '../../ports/index.ts';
import { createBreakerOutbox } from './breaker-outbox.ts';
import { createBreakerRegister } from './breaker-register.ts';
import { breakerScript } from './breaker-script.ts';
import type { RedisLink } from './connect.ts';
import { inTurns } from './in-turns.ts';

export const breakerLimits = {
  /** Transitions of one breaker that wait to be acknowledged; the oldest go first. A breaker that opens every second fills it in a quarter of an hour. */
  outbox: 1_000,
  /** A breaker to which nothing happens is forgotten after so long; who still knows it says so with the next report. */
  keptMs: 7 * 86_400_000,
  /** Counts to which nothing is added. */
  countsMs: 86_400_000,
} as const;

export interface RedisBreakerNeeds {
  readonly link: RedisLink;
  readonly clock: Clock;
  readonly random: Random;
  /** In front of all keys. */
  readonly prefix?: string;
}

/** Keys of one breaker have one hash tag, so each script finds all of its keys on one node. */
export function createRedisBreakerStates(needs: RedisBreakerNeeds): BreakerStates {
  const { link, random, prefix = 'breakwater' } = needs;
  const channel = `${prefix}:breakers`;
  const register = createBreakerRegister(needs);
  const outbox = createBreakerOutbox(needs, channel, register, (name, acknowledged, most) =>
    ask('take', name, { acknowledged, most }),
  );

  function ask(what: Asked, name: string, details: object): Promise<unknown> {
    const keys = ['state', 'counts', 'outbox'].map((part) => `${prefix}:{b/${name}}:1:${part}`);
    return link.run(breakerScript, keys, [what, JSON.stringify({ name, limits: breakerLimits, ...details }), channel]);
  }

  async function askOne(what: Asked, name: string, details: object): Promise<FleetBreaker> {
    return JSON.parse(String(await ask(what, name, details))) as FleetBreaker;
  }

  const withRules = (instance: string, rules: BreakerRules) => ({
    instance,
    rules: rulesForScript(rules),
    chance: random.next(),
  });

  return {
    async report(instance, reports) {
      const noted = register.note(
        instance,
        reports.map(({ name }) => name),
      );
      const told = reports.map(({ name, rules, ...counts }) =>
        askOne('report', name, { ...counts, ...withRules(instance, rules) }),
      );
      const [breakers] = await Promise.all([Promise.all(told), noted]);
      return breakers;
    },
    async askProbe(instance, name, rules, known) {
      const noted = register.note(instance, [name]);
      const [answer] = await Promise.all([ask('ask', name, { ...withRules(instance, rules), known }), noted]);
      return JSON.parse(String(answer)) as ProbeAnswer;
    },
    settleProbe: (instance, name, probe, outcome, rules) =>
      askOne('settle', name, { ...withRules(instance, rules), probe, outcome }),
    async override(name, override, reset) {
      const noted = register.note(undefined, [name]);
      const [breaker] = await Promise.all([askOne('override', name, { override, reset }), noted]);
      return breaker;
    },
    async readAll() {
      const { names, instances } = await register.read();
      const all = await inTurns(names, (name) => askOne('read', name, {}));
      const breakers = all.filter(({ version }) => version > 0);
      await register.note(
        undefined,
        breakers.map(({ name }) => name),
      );
      return { breakers, instances };
    },
    transitions: outbox.take,
    watch(onChange, onDoubt, onInstances = () => {}) {
      const unheard = register.onInstances(onInstances);
      const unwatch = link.subscribe(channel, (text) => onChange(JSON.parse(text) as FleetBreaker), onDoubt);
      return () => {
        unheard();
        unwatch();
      };
    },
  };
}

type Asked = 'report' | 'ask' | 'settle' | 'override' | 'read' | 'take';

/** What the script goes by, and no more: it is sent with every call. */
function rulesForScript(rules: BreakerRules) {
  const { failures, window, minimumCalls, failureRate, slowRate } = rules;
  const { openMs, openMsMost, probes, successes, probeMs, spreadMs } = rules;
  const failuresMost = rules.early ? failuresUntilEvident(failureRate) : Number.POSITIVE_INFINITY;
  const evident = Number.isFinite(failuresMost) ? failuresMost : undefined;
  const opening = { failures, window, minimumCalls, failureRate, slowRate, evident };
  return { ...opening, openMs, openMsMost, probes, successes, probeMs, spreadMs };
}
