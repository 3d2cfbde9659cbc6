import type { HttpFunction } from '@google-cloud/functions-framework';
import type { Clock } from '../../core/clock.ts';
import type { Invocations } from '../../engine/invocations.ts';

/** After the grace: to hand back, to publish and to answer. Together they must be less than the 10 s that Cloud Run gives an instance. */
const endingMsMost = 4_000;

/**
 * An instance is told to end before it is ended, and the framework would end it with the word. Here what is under way has its grace first; what is
 * not done by then is handed back, so that others go on with it at once and not when its lease has run out.
 */
export function endWell(
  serve: HttpFunction,
  { clock, invocations }: { readonly clock: Clock; readonly invocations: Pick<Invocations, 'endBy'> },
  graceMs: number,
): HttpFunction {
  const idle = new AbortController();
  let underWay = 0;
  let isEnding = false;
  const look = () => isEnding && underWay === 0 && idle.abort();

  async function end(): Promise<void> {
    isEnding = true;
    invocations.endBy(clock.now() + graceMs);
    look();
    await clock.sleep(graceMs + endingMsMost, idle.signal);
    process.exit(0);
  }

  hearAlone('SIGTERM', () => void end());
  return (request, response) => {
    underWay++;
    response.on('close', () => {
      underWay--;
      look();
    });
    return serve(request, response);
  };
}

/** Whoever listens to the signal later, as the framework does once its server is made, is not told. */
function hearAlone(signal: 'SIGTERM', hear: () => void): void {
  process.once(signal, hear);
  process.on('newListener', (name, listener) => {
    if (name === signal) queueMicrotask(() => process.off(signal, listener));
  });
}
