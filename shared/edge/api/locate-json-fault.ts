export interface JsonFault {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * Where a text stops being JSON; undefined when it is JSON. For messages only: `JSON.parse` does not always say where. Walks
 * with a stack of its own, so that depth is no matter.
 */
export function locateJsonFault(source: string): JsonFault | undefined {
  const offset = faultOffset(source);
  if (offset === undefined) return undefined;
  const before = source.slice(0, offset);
  return { offset, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

type Expected = 'value' | 'firstItem' | 'firstKey' | 'key' | 'colon' | 'next';

/** A token is legal at its place or it is the fault; a broken string has its fault inside. */
function faultOffset(source: string): number | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = skip(space, source, 0);
  for (; at < source.length; at = skip(space, source, at)) {
    const after = afterToken(expected, open, source[at]!);
    if (after === undefined) return at;
    const end = tokenEnd(source, at);
    if (!end.whole) return end.at;
    expected = after;
    at = end.at;
  }
  return expected === 'next' && open.length === 0 ? undefined : at;
}

/** What may follow the token that begins with `char`; undefined when the token may not be here. Keeps the stack of what is open. */
function afterToken(expected: Expected, open: ('{' | '[')[], char: string): Expected | undefined {
  const isClosing = char === (open.at(-1) === '{' ? '}' : ']') && open.length > 0;
  if (isClosing && (expected === 'next' || expected === 'firstItem' || expected === 'firstKey')) {
    open.pop();
    return 'next';
  }
  if (expected === 'colon') return char === ':' ? 'value' : undefined;
  if (expected === 'firstKey' || expected === 'key') return char === '"' ? 'colon' : undefined;
  if (expected === 'next') return char === ',' && open.length > 0 ? (open.at(-1) === '{' ? 'key' : 'value') : undefined;
  if (char === '{' || char === '[') open.push(char);
  if (char === '{') return 'firstKey';
  if (char === '[') return 'firstItem';
  return ':,]}'.includes(char) ? undefined : 'next';
}

interface TokenEnd {
  readonly at: number;
  readonly whole: boolean;
}

function tokenEnd(source: string, start: number): TokenEnd {
  if ('{}[]:,'.includes(source[start]!)) return { at: start + 1, whole: true };
  if (source[start] === '"') return stringEnd(source, start);
  const at = skip(scalar, source, start);
  return { at, whole: at > start };
}

function stringEnd(source: string, start: number): TokenEnd {
  let at = skip(plain, source, start + 1);
  while (source[at] === '\\') {
    const next = skip(escaped, source, at);
    if (next === at) return { at, whole: false };
    at = skip(plain, source, next);
  }
  return source[at] === '"' ? { at: at + 1, whole: true } : { at, whole: false };
}

const space = /[ \t\n\r]*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const escaped = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a JSON string may hold anything but these
const plain = /[^"\\\u0000-\u001f]*/y;

/** The end of what the pattern matches at `at`; `at` itself when it does not match. */
function skip(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : at;
}
