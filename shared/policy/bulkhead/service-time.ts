/** How long calls take, as measured: what a waiter's deadline is held against. Plain data. Times are milliseconds since the epoch. */
export interface ServiceTime {
  readonly meanMs: number;
  readonly calls: number;
  readonly at: number;
}

export const noServiceTime: ServiceTime = { meanMs: 0, calls: 0, at: 0 };

/** The newest call counts for a twentieth: some dozens of calls tell the truth of today. */
const newest = 0.05;
/** Fewer calls tell nothing. */
const callsLeast = 10;
/** What was measured so long ago is believed half: if nobody were let through because calls were slow, nobody would learn that they are fast again. */
const halfLifeMs = 5_000;

export function addServiceTime(known: ServiceTime, tookMs: number, now: number): ServiceTime {
  const weight = Math.max(newest, 1 / (known.calls + 1));
  return {
    meanMs: known.meanMs + (tookMs - known.meanMs) * weight,
    calls: known.calls + 1,
    at: Math.max(known.at, now),
  };
}

/** For `Line.take`: 0, so no expectation at all, where too little is known. */
export function expectedServiceMs({ meanMs, calls, at }: ServiceTime, now: number): number {
  if (calls < callsLeast) return 0;
  return meanMs * 0.5 ** (Math.max(0, now - at) / halfLifeMs);
}
