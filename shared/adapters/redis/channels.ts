import type { Connection } from './connection.ts';

/** Who listens to what, across connections. */
export interface Channels {
  add(channel: string, ear: Ear): () => void;
  /** All that is listened to is listened to on this connection, too. Fails as the connection does. */
  moveTo(connection: Connection): Promise<void>;
  /** To be called once the connection is in use. */
  tellStart(): void;
  leave(): void;
}

export interface Ear {
  onMessage(text: string): void;
  /** Listening has begun, or begun anew: what came before may have been missed. */
  onStart(): void;
}

export function createChannels(onFault: (thrown: unknown) => void): Channels {
  const channels = new Map<string, Set<Ear>>();
  let listening = new Map<string, Promise<void>>();
  let connection: Connection | undefined;

  /** One subscription of a channel for all that listen to it. */
  function listenOn(live: Connection, channel: string): Promise<void> {
    const known = listening.get(channel);
    if (known !== undefined) return known;
    const begun = live.subscribe(channel, (text) => hear(channel, text));
    listening.set(channel, begun);
    return begun;
  }

  /** What one listener makes of a message must not keep it from the others. */
  function hear(channel: string, text: string): void {
    for (const ear of channels.get(channel) ?? [])
      try {
        ear.onMessage(text);
      } catch (thrown) {
        onFault(thrown);
      }
  }

  async function join(channel: string, ear: Ear): Promise<void> {
    const live = connection;
    if (live === undefined) return;
    try {
      await listenOn(live, channel);
      if (connection === live && channels.get(channel)?.has(ear)) ear.onStart();
    } catch (thrown) {
      live.drop(thrown);
    }
  }

  function remove(channel: string, ear: Ear): void {
    const ears = channels.get(channel);
    if (!ears?.delete(ear) || ears.size > 0) return;
    channels.delete(channel);
    if (!listening.delete(channel)) return;
    const live = connection;
    live?.unsubscribe(channel).catch((thrown) => live.drop(thrown));
  }

  return {
    add(channel, ear) {
      const ears = channels.get(channel) ?? new Set();
      channels.set(channel, ears.add(ear));
      void join(channel, ear);
      return () => remove(channel, ear);
    },
    async moveTo(live) {
      listening = new Map();
      for (const channel of channels.keys()) await listenOn(live, channel);
      connection = live;
    },
    tellStart() {
      for (const ears of channels.values()) for (const ear of ears) ear.onStart();
    },
    leave() {
      connection = undefined;
    },
  };
}
