import { cascadeGuards, type GuardedCall } from '../contestants/cascade.ts';

export interface CascadeGiven {
  readonly name: string;
  readonly url: string;
  /** Requests that one instance works on at once; what comes when all are busy waits. */
  readonly slots: number;
  readonly instances: number;
  /** Requests a second and target, for all instances together. */
  readonly perSecond: number;
  readonly callMs: number;
  /** A target that is down answers nothing, and its calls are given up after so long. */
  readonly hungMs: number;
  readonly phaseMs: number;
}

export interface CascadeFound {
  /** Of the two targets that are well: requests answered in a second, while all three are well, and while the third is down. */
  readonly before: number;
  readonly during: number;
}

/** Requests come evenly for three targets, whatever becomes of those before. Then the third target goes down. */
export async function measure(given: CascadeGiven): Promise<CascadeFound> {
  const { instances, phaseMs, callMs, hungMs } = given;
  const fleet = await Promise.all(Array.from({ length: instances }, () => cascadeGuards[given.name]!(given)));
  const services = fleet.map(({ run }) => createService(given.slots, run));
  let isDown = false;
  let answered = 0;
  const call = (target: number) => async () => {
    if (isDown && target === 2) {
      await sleep(hungMs);
      throw gone;
    }
    await sleep(callMs);
  };
  const request = (service: (typeof services)[number], target: number) =>
    service(targets[target]!, call(target), () => {
      if (target !== 2) answered++;
    });
  const stop = comeEvenly((given.perSecond * targets.length) / 1_000, (number) =>
    request(services[number % instances]!, Math.floor(number / instances) % targets.length),
  );
  await sleep(warmUpMs);
  const before = await rateWithin(phaseMs, () => answered);
  isDown = true;
  const during = await rateWithin(phaseMs, () => answered);
  stop();
  await Promise.all(fleet.map(({ close }) => close()));
  return { before, during };
}

const targets = ['a', 'b', 'c'];
const warmUpMs = 2_500;
const gone = new Error('the target has gone');

/** So many at once; the others wait in order. Refused or failed, a request is over and no answer. */
function createService(slots: number, run: GuardedCall) {
  const waiting: (() => Promise<void>)[] = [];
  let busy = 0;

  async function work(): Promise<void> {
    busy++;
    for (let next = waiting.shift(); next; next = waiting.shift()) await next();
    busy--;
  }

  return (target: string, call: () => Promise<void>, onAnswer: () => void): void => {
    waiting.push(async () => {
      if (await run(target, call)) onAnswer();
    });
    if (busy < slots) void work();
  };
}

/** As many as are due by the clock, however late a timer is. */
function comeEvenly(perMs: number, come: (number: number) => void): () => void {
  const since = performance.now();
  let came = 0;
  const timer = setInterval(() => {
    for (const due = (performance.now() - since) * perMs; came < due; came++) come(came);
  }, 5);
  return () => clearInterval(timer);
}

async function rateWithin(ms: number, count: () => number): Promise<number> {
  const [from, before] = [performance.now(), count()];
  await sleep(ms);
  return ((count() - before) / (performance.now() - from)) * 1_000;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
