/** A line of a guard's audit: who did what, and why. */
export interface GuardLine {
  readonly guard: 'breaker' | 'bulkhead';
  readonly name: string;
  readonly at: number;
  /** `operator:NAME`, or the instance that brought a transition about. */
  readonly by: string;
  readonly action: 'configured' | 'forced' | 'released' | 'reset' | 'transition';
  readonly because: string;
  readonly before?: string;
  readonly after?: string;
  /** Of a change the revision, of a transition the version. With guard, name, time and action it is the line's identity: the same line twice is one. */
  readonly number: number;
  /** The idempotency key of the request that it came by, and its trace. */
  readonly request?: string;
  readonly trace?: string;
}

interface Transition {
  readonly name: string;
  readonly version: number;
  readonly from: string;
  readonly to: string;
  readonly because: string;
  readonly at: number;
  readonly instance: string;
}

export function lineOfTransition({ name, version, from, to, because, at, instance }: Transition): GuardLine {
  const what = { guard: 'breaker', name, at, by: instance, action: 'transition' } as const;
  return { ...what, because, before: from, after: to, number: version };
}

/** Tells lines of one guard and one moment apart, and sorts as text as their numbers do up to 10^15. */
export function lineOrder({ number, action }: Pick<GuardLine, 'number' | 'action'>): string {
  return `${String(number).padStart(16, '0')}-${action}`;
}
