/** Which instance takes the next request. Each takes so many at once; what is more waits in the order in which it came. */
export interface Seats<Instance> {
  /** It takes requests from now on. */
  add(instance: Instance): void;
  /** It takes no more. */
  remove(instance: Instance): void;
  /** Undefined when no instance is there, or `over` aborts before one is free. */
  take(over: AbortSignal): Promise<Seat<Instance> | undefined>;
}

export interface Seat<Instance> {
  readonly instance: Instance;
  /** Once, when the request is over. */
  leave(): void;
}

export function createSeats<Instance>(perInstance: number): Seats<Instance> {
  const taken = new Map<Instance, number>();
  const line: ((seat: Seat<Instance> | undefined) => void)[] = [];
  let turn = 0;

  /** The next in turn that has a seat free. */
  function free(): Seat<Instance> | undefined {
    const instances = [...taken.keys()];
    for (let step = 1; step <= instances.length; step++) {
      const place = (turn + step) % instances.length;
      const instance = instances[place]!;
      if (taken.get(instance)! >= perInstance) continue;
      turn = place;
      return sit(instance);
    }
    return undefined;
  }

  function sit(instance: Instance): Seat<Instance> {
    taken.set(instance, taken.get(instance)! + 1);
    return {
      instance,
      leave() {
        const count = taken.get(instance);
        if (count !== undefined) taken.set(instance, count - 1);
        serveLine();
      },
    };
  }

  function serveLine(): void {
    while (line.length > 0) {
      const seat = free();
      if (!seat && taken.size > 0) return;
      line.shift()!(seat);
    }
  }

  return {
    add(instance) {
      taken.set(instance, 0);
      serveLine();
    },
    remove(instance) {
      taken.delete(instance);
      serveLine();
    },
    take(over) {
      const seat = line.length === 0 ? free() : undefined;
      if (seat || taken.size === 0 || over.aborted) return Promise.resolve(seat);
      return new Promise((resolve) => {
        line.push(resolve);
        over.addEventListener('abort', () => {
          const place = line.indexOf(resolve);
          if (place >= 0) line.splice(place, 1);
          resolve(undefined);
        });
      });
    },
  };
}
