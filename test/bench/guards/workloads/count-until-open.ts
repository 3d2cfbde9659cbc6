import { windowed } from '../contestants/windowed.ts';

export interface CountGiven {
  readonly name: string;
  readonly redisUrl: string;
  readonly successes: number;
}

/** How many calls fail at a target that has gone before nobody calls it any more. */
export async function measure({ name, redisUrl, successes }: CountGiven): Promise<number> {
  const breaker = await windowed[name]!(redisUrl);
  for (let call = 0; call < successes; call++) await breaker.call(false);
  let failures = 0;
  for (; !breaker.isOpen() && failures < 10 * successes; failures++) await breaker.call(true);
  return failures;
}
