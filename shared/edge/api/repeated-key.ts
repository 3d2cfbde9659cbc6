export interface RepeatedKey {
  readonly key: string;
  /** Where it stands for the second time, counted from 0. */
  readonly offset: number;
}

/** The first key that stands twice in one object. `JSON.parse` keeps the last of them and says nothing. The text must be JSON. */
export function findRepeatedKey(text: string): RepeatedKey | undefined {
  const levels: (Set<string> | undefined)[] = [];
  let keyComes = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '{' || sign === '[') {
      levels.push(sign === '{' ? new Set() : undefined);
      keyComes = sign === '{';
    } else if (sign === '}' || sign === ']') {
      levels.pop();
      keyComes = false;
    } else if (sign === ',') {
      keyComes = levels.at(-1) !== undefined;
    } else if (sign === '"') {
      const end = endOfText(text, at);
      if (keyComes) {
        const key = JSON.parse(text.slice(at, end)) as string;
        const known = levels.at(-1)!;
        if (known.has(key)) return { key, offset: at };
        known.add(key);
        keyComes = false;
      }
      at = end - 1;
    }
  }
  return undefined;
}

function endOfText(text: string, begin: number): number {
  let at = begin + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Line and column of an offset, counted from 1. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
