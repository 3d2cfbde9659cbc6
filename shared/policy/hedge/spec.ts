/** What a user says of hedging. */
export interface HedgeSpec {
  /** The target does the same, and no harm, when it is called twice. Nobody but the user knows, so it must be said. */
  readonly idempotent: true;
  /** A second call goes out when the first has taken longer than this part of all calls; 0.95 unless said. */
  readonly quantile?: number;
  /** Second calls for each first one, at most; 0.05 unless said. */
  readonly share?: number;
  /** A second call never goes out sooner than this after the first; 1 unless said. */
  readonly leastMs?: number;
  /** Calls that must have been seen before; 100 unless said. */
  readonly minimumCalls?: number;
  /** What was learned longer ago is forgotten; 60,000 unless said. */
  readonly windowMs?: number;
}

export type HedgeRules = Required<Omit<HedgeSpec, 'idempotent'>>;

export const defaultHedgeRules: HedgeRules = {
  quantile: 0.95,
  share: 0.05,
  leastMs: 1,
  minimumCalls: 100,
  windowMs: 60_000,
};

type Bounds = Readonly<Record<keyof HedgeRules, { readonly least: number; readonly most: number }>>;

/** Below the median every other call would be made twice; above a share of a fifth hedging is a load test. */
const bounds: Bounds = {
  quantile: { least: 0.5, most: 0.999 },
  share: { least: 0.001, most: 0.2 },
  leastMs: { least: 0, most: 60_000 },
  minimumCalls: { least: 10, most: 100_000 },
  windowMs: { least: 1_000, most: 3_600_000 },
};

export function hedgeFaults(spec: HedgeSpec): readonly { path: string; message: string }[] {
  const faults = (Object.keys(bounds) as (keyof HedgeRules)[]).flatMap((path) => {
    const { least, most } = bounds[path];
    const said = spec[path];
    if (said === undefined || (said >= least && said <= most)) return [];
    return [{ path, message: `is ${said}; write a number from ${least} to ${most}` }];
  });
  if (spec.idempotent === true) return faults;
  const message =
    'is not said: a hedged call may reach the target twice. Say `idempotent: true` where that does no harm, or leave `hedge` out';
  return [{ path: 'idempotent', message }, ...faults];
}

export function hedgeRules({ idempotent: _, ...said }: HedgeSpec): HedgeRules {
  return { ...defaultHedgeRules, ...said };
}
