import type { Step } from '../template/reference-text.ts';

/** One thing that is wrong with a document. */
export interface Fault {
  /** As one would write it: `nodes[3].retry.delay`; empty for the document as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Takes in every fault, keeps the first ones and counts the rest, so that a hopeless document costs little. */
export interface FaultList {
  /** A message that is dear to make is given as a function; it is called only when the fault is kept. */
  add(steps: readonly Step[], message: string | (() => string)): void;
  isEmpty(): boolean;
  /** So many that counting on is of no use to anybody. */
  isHopeless(): boolean;
  /** With a last line for those that were not kept. */
  list(): readonly Fault[];
}

const faultsKept = 100;
const faultsCounted = 10_000;

export function faultList(): FaultList {
  const kept = new Map<string, Fault>();
  let more = 0;
  return {
    add(steps, message) {
      if (kept.size >= faultsKept) {
        more++;
        return;
      }
      const fault = { path: pathText(steps), message: typeof message === 'string' ? message : message() };
      kept.set(`${fault.path}\n${fault.message}`, fault);
    },
    isEmpty: () => kept.size === 0,
    isHopeless: () => more >= faultsCounted,
    list() {
      const last = { path: '', message: `and ${more >= faultsCounted ? 'at least ' : ''}${more} more faults` };
      return more === 0 ? [...kept.values()] : [...kept.values(), last];
    },
  };
}

export function pathText(steps: readonly Step[]): string {
  let text = '';
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
