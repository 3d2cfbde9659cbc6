/**
 * How long calls took, lately: counts by size, each a tenth larger than the one before, over two halves of a window. So a quantile is told up to
 * a tenth too large and never too small, and what is kept is of one size whatever comes. There is no timer: the halves move on by the time that
 * is given, and who comes back after a long silence finds nothing.
 */
export interface LatencyWindow {
  record(ms: number, now: number): void;
  /** Undefined with fewer than so many calls. */
  quantile(part: number, minimumCalls: number, now: number): number | undefined;
}

/** What is shorter or longer is counted as this. Each size is `growth` times the one before it. */
export const latencyBounds = { leastMs: 0.01, mostMs: 3_600_000, growth: 1.1 } as const;

const { leastMs, mostMs, growth } = latencyBounds;
const sizes = Math.ceil(Math.log(mostMs / leastMs) / Math.log(growth)) + 1;
const perSize = 1 / Math.log(growth);

/** The sizes are gone through again after this part of the calls that were counted. */
const freshPart = 1 / 32;

export function createLatencyWindow(windowMs: number): LatencyWindow {
  const halfMs = windowMs / 2;
  let young = new Uint32Array(sizes);
  let old = new Uint32Array(sizes);
  let youngCalls = 0;
  let oldCalls = 0;
  let half = -Infinity;
  let told: { readonly part: number; readonly ms: number } | undefined;
  let newCalls = 0;

  function moveTo(now: number): void {
    const at = Math.floor(now / halfMs);
    if (at <= half) return;
    [old, young] = [young, old];
    oldCalls = at === half + 1 ? youngCalls : 0;
    if (oldCalls === 0) old.fill(0);
    young.fill(0);
    youngCalls = 0;
    half = at;
    told = undefined;
  }

  function count(part: number): number {
    const wanted = part * (youngCalls + oldCalls);
    let seen = 0;
    for (let size = 0; size < sizes; size++) {
      seen += young[size]! + old[size]!;
      if (seen >= wanted) return leastMs * growth ** size;
    }
    return mostMs;
  }

  return {
    record(ms, now) {
      moveTo(now);
      young[sizeOf(ms)]!++;
      youngCalls++;
      newCalls++;
    },
    quantile(part, minimumCalls, now) {
      moveTo(now);
      const calls = youngCalls + oldCalls;
      if (calls < minimumCalls) return undefined;
      if (told?.part !== part || newCalls >= calls * freshPart) {
        told = { part, ms: count(part) };
        newCalls = 0;
      }
      return told.ms;
    },
  };
}

/** The first size that is not less. */
function sizeOf(ms: number): number {
  if (!(ms > leastMs)) return 0;
  return Math.min(sizes - 1, Math.ceil(Math.log(ms / leastMs) * perSize - 1e-9));
}
