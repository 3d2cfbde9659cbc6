/** Does what is asked for under one name one after the other, in the order asked, whatever became of what was before it. */
export type OneByOne = <Done>(name: string, act: () => Promise<Done>) => Promise<Done>;

/** Remembers only what is under way. */
export function createOneByOne(): OneByOne {
  const last = new Map<string, Promise<unknown>>();

  return async (name, act) => {
    const before = last.get(name);
    const done = before ? before.then(act, act) : act();
    last.set(name, done);
    try {
      return await done;
    } finally {
      if (last.get(name) === done) last.delete(name);
    }
  };
}
