import type { Clock } from '../core/clock.ts';
import type { AllowRule } from '../policy/egress/index.ts';
import type { HttpCaller } from '../ports/index.ts';

export interface LazyHttpCaller {
  readonly caller: HttpCaller;
  close(): Promise<void>;
}

/** The HTTP client is loaded with the first call: most starts are faster without. */
export function httpWhenNeeded(allowHosts: readonly AllowRule[], version: string, clock: Clock): LazyHttpCaller {
  let loading: Promise<HttpCaller & { close(): Promise<void> }> | undefined;
  const load = async () => {
    const { httpCaller } = await import('../adapters/http/http-caller.ts');
    return httpCaller({ allow: allowHosts, version, clock });
  };
  return {
    caller: {
      async call(call, attempt) {
        loading ??= load();
        return (await loading).call(call, attempt);
      },
    },
    close: async () => (await loading)?.close(),
  };
}
