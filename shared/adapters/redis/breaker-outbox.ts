import type { BreakerTransition } from '../../ports/index.ts';
import type { BreakerRegister } from './breaker-register.ts';
import type { RedisBreakerNeeds } from './breaker-states.ts';
import { inTurns } from './in-turns.ts';

export interface BreakerOutbox {
  take(acknowledged: readonly BreakerTransition[], most: number): Promise<readonly BreakerTransition[]>;
}

/** All breakers are asked for their transitions so often, and between only those of which a change was heard, since a store may know thousands. */
const lookEveryMs = 30_000;

export function createBreakerOutbox(
  { link, clock }: RedisBreakerNeeds,
  channel: string,
  register: BreakerRegister,
  take: (name: string, acknowledged: readonly number[], most: number) => Promise<unknown>,
): BreakerOutbox {
  /** Of these something is waiting, or may be. */
  const names = new Set<string>();
  let lookAt = Number.NEGATIVE_INFINITY;
  let isListening = false;

  async function look(): Promise<void> {
    if (!isListening) {
      isListening = true;
      const lookAgain = () => {
        lookAt = Number.NEGATIVE_INFINITY;
      };
      link.subscribe(channel, (text) => names.add((JSON.parse(text) as { readonly name: string }).name), lookAgain);
    }
    if (clock.now() < lookAt) return;
    const at = clock.now() + lookEveryMs;
    for (const name of (await register.read()).names) names.add(name);
    lookAt = at;
  }

  async function takeOf(name: string, acknowledged: readonly BreakerTransition[], most: number) {
    const versions = acknowledged.filter((one) => one.name === name).map(({ version }) => version);
    // What is said meanwhile puts it in again.
    names.delete(name);
    try {
      const texts = (await take(name, versions, most)) as readonly string[];
      if (texts.length > 0) names.add(name);
      return texts.map((text) => JSON.parse(text) as BreakerTransition);
    } catch (thrown) {
      names.add(name);
      throw thrown;
    }
  }

  return {
    async take(acknowledged, most) {
      await look();
      for (const { name } of acknowledged) names.add(name);
      const found = await inTurns([...names], (name) => takeOf(name, acknowledged, most));
      return found
        .flat()
        .sort((one, other) => one.at - other.at || one.version - other.version)
        .slice(0, most);
    },
  };
}
