import type { PubSubPublisher } from '../../adapters/pubsub/publisher.ts';
import { topology } from '../../adapters/pubsub/topology.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/error.ts';

export interface TicksOptions {
  /** 0 for never. */
  readonly everyMs: number;
  readonly report: (sentence: string) => void;
}

/** What Cloud Scheduler does: asks for a sweep every minute. The first one comes after the first period. */
export function startTicks(
  clock: Clock,
  publisher: PubSubPublisher,
  { everyMs, report }: TicksOptions,
): { stop(): Promise<void> } {
  const stopping = new AbortController();

  async function tick(): Promise<void> {
    try {
      await publisher.send(topology.topics.ticks, { text: '{"kind":"tick"}', attributes: {} });
    } catch (thrown) {
      report(`A tick was not taken: ${messageOf(thrown)}`);
    }
  }

  async function tickOn(): Promise<void> {
    while (everyMs > 0 && !stopping.signal.aborted) {
      await clock.sleep(everyMs, stopping.signal);
      if (!stopping.signal.aborted) await tick();
    }
  }

  const ticking = tickOn();
  return {
    async stop() {
      stopping.abort();
      await ticking;
    },
  };
}
