/** One who is measured: makes whatever it needs, and gives one guarded call. Ours share their state through the Redis of this address. */
export type Contestant = (redisUrl: string) => Promise<Call> | Call;

export type Call = () => Promise<unknown>;

/** What is guarded: it does nothing, so that only the guard is left to be measured. */
export const fn = async (): Promise<number> => 7;

export const failing = async (): Promise<number> => {
  throw gone;
};

/** Always the same, or every failure would cost a stack trace that no guard asked for. */
const gone = new Error('the target has gone');
