/** Texts that never change, the least lately used leaving first. What it has is known to be stored. Paths count as texts do. */
export interface TextCache {
  get(path: string): string | undefined;
  put(path: string, text: string): void;
}

export function createTextCache(charsMost: number): TextCache {
  const texts = new Map<string, string>();
  let chars = 0;

  function drop(path: string): void {
    const text = texts.get(path);
    if (text === undefined) return;
    chars -= path.length + text.length;
    texts.delete(path);
  }

  return {
    get(path) {
      const text = texts.get(path);
      if (text === undefined) return undefined;
      texts.delete(path);
      texts.set(path, text);
      return text;
    },
    put(path, text) {
      if (text.length > charsMost / 4) return;
      drop(path);
      texts.set(path, text);
      chars += path.length + text.length;
      while (chars > charsMost) drop(texts.keys().next().value!);
    },
  };
}
