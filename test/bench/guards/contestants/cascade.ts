import type { Guard } from '../../../../shared/engine/guards/compose.ts';
import { benchLeaseMs, openOwn } from './own.ts';

/** Whether the call was made and answered. Whatever it throws is caught. */
export type GuardedCall = (target: string, call: () => Promise<void>) => Promise<boolean>;

/** What one instance puts around its calls. */
export interface CascadeGuards {
  readonly run: GuardedCall;
  close(): Promise<void>;
}

export const cascadeGuards: Readonly<
  Record<string, (given: { url: string }) => Promise<CascadeGuards> | CascadeGuards>
> = {
  ours: async ({ url }) => {
    const instance = await openOwn(url);
    const guards = new Map<string, Guard>();
    const guardOf = (target: string) => {
      const known = guards.get(target) ?? instance.guard(target, guardOptions);
      guards.set(target, known);
      return known;
    };
    return {
      run: (target, call) =>
        guardOf(target)(call).then(
          ({ kind }) => kind === 'succeeded',
          () => false,
        ),
      close: instance.close,
    };
  },
  'no guards': () => ({
    run: (_, call) =>
      call().then(
        () => true,
        () => false,
      ),
    close: async () => {},
  }),
};

/** Room for twice the calls that are under way when all is well. */
const guardOptions = {
  bulkhead: { limit: 32, queueMost: 32, leaseMs: benchLeaseMs },
  breaker: { failures: 5, openMs: 5_000, probes: 1 },
} as const;
