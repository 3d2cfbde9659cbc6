import type { Clock } from '../../shared/core/clock.ts';
import { CodedError } from '../../shared/core/error.ts';
import type { Handler } from '../../shared/engine/engine.ts';
import type { Attempt, HttpCaller, Outcome, TopicPublisher } from '../../shared/ports/index.ts';
import type { Fate, Said } from './fate.ts';
import { sayOf } from './fate.ts';
import type { FaultKind } from './faults.ts';
import type { Membrane } from './membrane.ts';
import { enterPool } from './shared-guards.ts';
import type { World } from './world.ts';

type Call = Pick<Attempt, 'jobId' | 'nodeId' | 'attempt'>;
const kinds: readonly FaultKind[] = ['slow', 'slow', 'doubled', 'diesBefore', 'diesAfter', 'frozen'];

/** Lives in the engine's process and dies with it. Half of them do not listen when they are told to stop. */
export function handlerIn(world: World, membrane: Membrane, clock: Clock): Handler {
  return async (_, attempt) => {
    const call = receive(world, membrane, 'handler', attempt);
    if (!call) return new Promise(() => {});
    if (isCalledBack(world, attempt)) return void callBack(world, attempt, call.fate, call.ms);
    const listens = world.random.next() < 0.5;
    const leave = enterPool(world, membrane, hasPool(world, attempt));
    try {
      await workFor(call.ms, listens, clock, attempt);
    } finally {
      leave();
    }
    const say = sayOf(call.fate, attempt.nodeId, attempt.attempt);
    if (!say) return new Promise(() => {});
    world.judge.heard(attempt, say.kind);
    if (say.kind === 'succeeded') return say.result;
    const { retryAfterMs: retryAfter, ...failure } = say.failure;
    throw Object.assign(new CodedError(failure.code, failure.message), failure, { retryAfter });
  };
}

async function workFor(ms: number, listens: boolean, clock: Clock, attempt: Attempt): Promise<void> {
  for (let left = ms; left > 0; left -= 400) {
    await clock.sleep(Math.min(left, 400), listens ? attempt.signal : undefined);
    if (listens && attempt.signal.aborted) throw new CodedError('aborted', 'it was told to stop');
    attempt.heartbeat();
  }
}

function hasPool(world: World, { jobId, nodeId }: Call): boolean {
  return 'bulkhead' in world.specOf(jobId, nodeId);
}

/** Lives elsewhere: it goes on when its caller is dead. */
export function httpIn(world: World, membrane: Membrane): HttpCaller {
  return {
    call: (_, attempt) =>
      new Promise<Outcome>((resolve) => {
        if (membrane.dead) return;
        const received = receive(world, membrane, 'http.call', attempt);
        if (!received) return;
        const { fate, ms } = received;
        const calledBack = isCalledBack(world, attempt);
        const said = calledBack ? accepts : sayOf(fate, attempt.nodeId, attempt.attempt);
        if (calledBack) callBack(world, attempt, fate, ms);
        if (!said) return;
        const answerMs = calledBack ? world.random.next() * 50 : ms;
        world.scheduler.at(world.scheduler.now() + answerMs, () =>
          membrane.deliver(() => {
            if (!calledBack) world.judge.heard(attempt, said.kind);
            resolve(said);
          }),
        );
      }),
  };
}

const accepts: Outcome = { kind: 'succeeded', result: null };

export function topicsIn(world: World, membrane: Membrane): TopicPublisher {
  return {
    publish: (topic, message) =>
      new Promise<Outcome>((resolve) => {
        if (membrane.dead) return;
        if (topic === 'ops') return tellPeople(world, membrane, resolve);
        const call = message as unknown as Call;
        const received = receive(world, membrane, 'topics.publish', call);
        if (!received) return;
        callBack(world, call, received.fate, received.ms);
        world.scheduler.at(world.scheduler.now() + world.random.next() * 50, () =>
          membrane.deliver(() => resolve(accepts)),
        );
      }),
  };
}

/** Whoever has to decide is called, and does not always pick up. */
function tellPeople(world: World, membrane: Membrane, resolve: (outcome: Outcome) => void): void {
  const fault = membrane.faultAt('topics.publish', ['slow', 'diesBefore', 'diesAfter']);
  if (membrane.dead) return;
  const isHeard = world.random.next() < 0.6;
  const failure = { code: 'busy', message: 'nobody picks up' };
  const afterMs = fault === 'slow' ? 20_000 : world.random.next() * 50;
  world.scheduler.at(world.scheduler.now() + afterMs, () =>
    membrane.deliver(() => resolve(isHeard ? accepts : { kind: 'failed', failure })),
  );
  if (fault === 'diesAfter') membrane.kill('after topics.publish');
}

/** The call arrives, or kills its caller before or after. A slow one outlives the lease of an executor that does not renew it. */
function receive(world: World, membrane: Membrane, point: string, call: Call): { fate: Fate; ms: number } | undefined {
  const fault = membrane.faultAt(point, kinds);
  if (membrane.dead) return undefined;
  world.judge.called(call, membrane.name);
  if (fault === 'doubled') world.judge.called(call, membrane.name);
  if (fault === 'diesAfter') membrane.kill(`after ${point}`);
  const fate = world.fateOf(call.jobId, call.nodeId);
  return { fate, ms: fate.ms + (fault === 'slow' ? world.settings.engine.leaseMs! * 2.5 * world.random.next() : 0) };
}

function isCalledBack(world: World, call: Call): boolean {
  return world.specOf(call.jobId, call.nodeId).completion === 'callback';
}

/** The outside reports until somebody has listened; sometimes twice, sometimes once more much later. */
function callBack(world: World, call: Call, fate: Fate, ms: number): void {
  const said = sayOf(fate, call.nodeId, call.attempt);
  if (!said) return;
  const { random, scheduler } = world;
  beat(world, call, ms + fate.callbackMs);
  const times = random.next() < 0.15 ? 2 : 1;
  for (let time = 0; time < times; time++) {
    const afterMs = ms + fate.callbackMs + (time === 0 ? 0 : random.next() * 30_000);
    scheduler.at(scheduler.now() + afterMs, () => void report(world, call, said));
  }
}

/** Signs of life on the way, a few of them; not everybody gives them. */
function beat(world: World, { jobId, nodeId, attempt }: Call, workMs: number): void {
  const { heartbeatTimeout } = world.specOf(jobId, nodeId);
  if (heartbeatTimeout === undefined || world.random.next() < 0.5) return;
  for (let beats = 1; beats <= 10 && (beats * heartbeatTimeout) / 2 < workMs; beats++) {
    world.scheduler.at(
      world.scheduler.now() + (beats * heartbeatTimeout) / 2,
      () => void world.ask(`heartbeat of ${nodeId} ${attempt}`, (engine) => engine.heartbeat(jobId, nodeId, attempt)),
    );
  }
}

async function report(world: World, call: Call, said: Said): Promise<void> {
  world.judge.heard(call, said.kind);
  const { jobId, nodeId, attempt } = call;
  const answer = await world.ask(`callback of ${nodeId} ${attempt}`, (engine) =>
    said.kind === 'succeeded'
      ? engine.complete(jobId, nodeId, attempt, said.result)
      : engine.fail(jobId, nodeId, attempt, said.failure),
  );
  if (answer) world.judge.answered(call, answer);
}
