import type { BreakerTransition } from '../../ports/index.ts';

/** What guards tell the outside: metrics and the topic `breakwater-events`. May be lost, never waited for. */
export type GuardEvent =
  | ({ readonly kind: 'transition' } & BreakerTransition)
  | {
      readonly kind: 'rejection';
      readonly guard: 'breaker' | 'bulkhead' | 'rate_limit';
      readonly name: string;
      /** Rejections since the last event of this guard: a guard that refuses thousands a second tells it once a second. */
      readonly count: number;
      readonly because: string;
      readonly at: number;
    }
  | {
      readonly kind: 'mode';
      readonly from: string;
      readonly to: string;
      readonly because: string;
      readonly at: number;
    };

export type TellGuardEvent = (event: GuardEvent) => void;
