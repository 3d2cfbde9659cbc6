/** A pool as the memory store keeps it. Times are milliseconds since the epoch. */
export interface Pool {
  /** By `instance|number`. */
  readonly leases: Map<string, { readonly until: number }>;
  readonly members: Map<string, Member>;
  warmUntil: number;
  /** Last by anybody. */
  askedAt: number;
  newest: number;
  limit: number;
  queueMost: number;
}

/** An instance that has asked lately. */
export interface Member {
  /** Those that wait, and the rank of the first. */
  count: number;
  head: number;
  limit: number;
  isMeasured: boolean;
  silentAt: number;
  /** Permits that it was given and has not said to know. */
  untold: number[];
}

export function createPool(warmUntil: number): Pool {
  return {
    leases: new Map(),
    members: new Map(),
    warmUntil,
    askedAt: Number.POSITIVE_INFINITY,
    newest: 0,
    limit: 0,
    queueMost: 0,
  };
}

export function forgetSilent({ members }: Pool, except: string, now: number): void {
  removeSome(members, ({ silentAt }, instance) => silentAt <= now && instance !== except);
}

/** The least that is said; the lower median where it is measured, so that one bad instance does not speak for all. */
export function agreedLimit({ members }: Pool): number {
  const all = [...members.values()];
  const said = all.map(({ limit }) => limit).sort((a, b) => a - b);
  return all.some(({ isMeasured }) => isMeasured) ? said[Math.ceil(said.length / 2) - 1]! : said[0]!;
}

export function removeSome<Key, Value>(map: Map<Key, Value>, isGone: (value: Value, key: Key) => boolean): void {
  for (const [key, value] of map) if (isGone(value, key)) map.delete(key);
}
