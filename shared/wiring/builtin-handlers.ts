import type { Clock } from '../core/clock.ts';
import { parseDuration } from '../core/duration.ts';
import { CodedError } from '../core/error.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import type { Handler } from '../engine/engine.ts';

/** Handlers that every local engine has, for trying things out and for recorded workflows. */
export function builtinHandlers(clock: Clock): Readonly<Record<string, Handler>> {
  return {
    /** Takes `{ ms }`, a number or a text like `250ms`. */
    sleep: async (input, { signal }) => {
      await clock.sleep(msOf(input), signal);
      return null;
    },
    noop: () => null,
    echo: (input) => input,
  };
}

function msOf(input: Json): number {
  const given = isJsonObject(input) ? input['ms'] : undefined;
  const ms = typeof given === 'string' ? parseDuration(given) : given;
  if (typeof ms === 'number' && ms >= 0) return ms;
  const failure = new CodedError(
    'bad_input',
    `sleep needs \`{ ms }\`, 0 or more, but was given ${JSON.stringify(input)}`,
  );
  throw Object.assign(failure, { retryable: false });
}
