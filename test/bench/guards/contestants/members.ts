import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { Opossum } from './opossum.ts';
import { openOwn } from './own.ts';

/** One instance of a fleet. */
export interface Member {
  guard(target: string): RunGuarded;
  close(): Promise<void>;
}

/** Makes the call unless the target's breaker is open. Its failure is caught. */
export type RunGuarded = (call: () => Promise<void>) => Promise<'called' | 'refused'>;

export interface MemberSetting {
  readonly url: string;
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openMs: number;
}

export type MemberContestant = (setting: MemberSetting) => Promise<Member> | Member;

export const memberContestants: Readonly<Record<string, MemberContestant>> = {
  ours: async ({ url, failures, openMs }) => {
    const instance = await openOwn(url);
    return {
      guard(target) {
        const breaker = instance.breaker(target, { failures, openMs, openMsMost: openMs });
        return (call) =>
          breaker.run(call).then(
            ({ kind }) => (kind === 'refused' ? 'refused' : 'called'),
            () => 'called',
          );
      },
      close: instance.close,
    };
  },
  cockatiel: ({ failures, openMs }) =>
    peer(() => {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) });
      return (call) => breaker.execute(call);
    }),
  /** It knows no failures in a row: after as many calls, half of which have failed. */
  opossum: ({ failures, openMs }) =>
    peer(() => {
      let call: () => Promise<void> = async () => {};
      const options = { resetTimeout: openMs, volumeThreshold: failures, rollingCountTimeout: 1_000 };
      const breaker = new Opossum(() => call(), options);
      return (given) => {
        call = given;
        return breaker.fire();
      };
    }),
};

function peer(make: () => (call: () => Promise<void>) => Promise<unknown>): Member {
  return {
    guard() {
      const fire = make();
      return async (call) => {
        let wasCalled = false;
        await fire(() => {
          wasCalled = true;
          return call();
        }).catch(() => {});
        return wasCalled ? 'called' : 'refused';
      };
    },
    close: async () => {},
  };
}
