/**
 * Reads of one key that are asked for while another is under way share the next: however many ask at once, two are made, and nobody
 * is given what was read before he asked.
 */
export function shareReads<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const reads = new Map<string, { readonly underWay: Promise<T>; next?: Promise<T> }>();

  function begin(key: string): Promise<T> {
    const latest = { underWay: read(key) };
    reads.set(key, latest);
    const forget = (): void => {
      if (reads.get(key) === latest) reads.delete(key);
    };
    latest.underWay.then(forget, forget);
    return latest.underWay;
  }

  return (key) => {
    const latest = reads.get(key);
    if (!latest) return begin(key);
    const again = () => begin(key);
    latest.next ??= latest.underWay.then(again, again);
    return latest.next;
  };
}
