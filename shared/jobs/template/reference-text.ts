import type { Json } from '../../core/json.ts';

/**
 * The notation of references: `${nodes.extract.result.rows[0]["a b"] ?? 0}` inside a text. A small parser by hand: it looks at every
 * character once, runs no code and knows no expression but the path and a JSON literal to fall back on.
 */
export interface Reference {
  /** As it was written, without `${`, `}` and the default. */
  readonly text: string;
  readonly root: ReferenceRoot;
  readonly path: readonly Step[];
  readonly fallback?: { readonly value: Json };
}

export type Step = string | number;

export type ReferenceRoot =
  | { readonly kind: 'result'; readonly node: string }
  | { readonly kind: 'state'; readonly node: string }
  | { readonly kind: 'error'; readonly node: string; readonly field: 'code' | 'message' }
  | { readonly kind: 'jobId' }
  | { readonly kind: 'jobName' }
  | { readonly kind: 'jobInput' }
  | { readonly kind: 'self'; readonly field: 'result' | 'input' }
  | { readonly kind: 'item' }
  | { readonly kind: 'index' };

export type ParsedText =
  | { readonly kind: 'parts'; readonly parts: readonly (string | Reference)[] }
  /** `at` counts characters from 1. */
  | { readonly kind: 'malformed'; readonly at: number; readonly message: string };

/** Plain parts and references in turn; `$${` has become a plain `${`. The first fault ends the text. */
export function parseText(text: string): ParsedText {
  const parts: (string | Reference)[] = [];
  const cursor: Cursor = { text, at: 0 };
  let plain = '';
  for (let open = text.indexOf('${'); open !== -1; open = text.indexOf('${', cursor.at)) {
    const escaped = open > cursor.at && text[open - 1] === '$';
    plain += text.slice(cursor.at, escaped ? open - 1 : open);
    cursor.at = open + 2;
    if (escaped) {
      plain += '${';
      continue;
    }
    const reference = readReference(cursor);
    if (!reference) return { kind: 'malformed', ...cursor.fault! };
    if (plain !== '') parts.push(plain);
    parts.push(reference);
    plain = '';
  }
  plain += text.slice(cursor.at);
  if (plain !== '') parts.push(plain);
  return { kind: 'parts', parts };
}

interface Cursor {
  readonly text: string;
  at: number;
  fault?: { at: number; message: string };
}

interface PathStep {
  readonly key: Step;
  readonly at: number;
}

function readReference(cursor: Cursor): Reference | undefined {
  skipSpaces(cursor);
  const start = cursor.at;
  const name = readWord(cursor, isKeyCharacter);
  if (name === '') return fail(cursor, 'there is no reference after `${`; a plain `${` is written `$${`');
  const steps = readSteps(cursor, name === 'nodes');
  if (!steps) return undefined;
  const text = cursor.text.slice(start, cursor.at);
  const found = findRoot(cursor, name, steps, start);
  if (!found) return undefined;
  const ending = readEnding(cursor, text);
  return ending && { text, root: found.root, path: steps.slice(found.used).map(({ key }) => key), ...ending };
}

/** `.key`, `[0]`, `["key"]`, as many as there are. */
function readSteps(cursor: Cursor, ofNodes: boolean): PathStep[] | undefined {
  const steps: PathStep[] = [];
  for (;;) {
    const at = cursor.at;
    const sign = cursor.text[at];
    if (sign !== '.' && sign !== '[') return steps;
    cursor.at++;
    const key =
      sign === '['
        ? readBracket(cursor)
        : readWord(cursor, ofNodes && steps.length === 0 ? isIdCharacter : isKeyCharacter);
    if (key === undefined) return undefined;
    if (key === '' && sign === '.')
      return fail(cursor, 'a key is missing after `.`; unusual ones are written `["key"]`');
    steps.push({ key, at });
  }
}

function readBracket(cursor: Cursor): Step | undefined {
  const start = cursor.at;
  if (cursor.text[start] === '"') skipString(cursor);
  else readWord(cursor, isDigit);
  const key = parseJson(cursor.text.slice(start, cursor.at))?.value;
  if (typeof key !== 'string' && typeof key !== 'number')
    return fail(cursor, '`[` takes a number or a text in `"`', start);
  if (cursor.text[cursor.at] !== ']') return fail(cursor, '`]` is missing');
  cursor.at++;
  return key;
}

interface FoundRoot {
  readonly root: ReferenceRoot;
  /** Steps that belong to the root. */
  readonly used: number;
}

function findRoot(cursor: Cursor, name: string, steps: readonly PathStep[], start: number): FoundRoot | undefined {
  if (name === 'nodes') return findNodeRoot(cursor, steps, start);
  if (name === 'item') return { root: { kind: 'item' }, used: 0 };
  if (name === 'index') return withoutPath(cursor, { root: { kind: 'index' }, used: 0 }, steps);
  if (name === 'self') return findSelfRoot(cursor, steps, start);
  if (name !== 'job') {
    return fail(
      cursor,
      `unknown \`${name}\`; a reference begins with \`nodes\`, \`job\`, \`item\`, \`index\` or \`self\``,
      start,
    );
  }
  const field = steps[0]?.key;
  if (field === 'input') return { root: { kind: 'jobInput' }, used: 1 };
  if (field === 'id') return withoutPath(cursor, { root: { kind: 'jobId' }, used: 1 }, steps);
  if (field === 'name') return withoutPath(cursor, { root: { kind: 'jobName' }, used: 1 }, steps);
  return fail(cursor, '`job` has `id`, `name` and `input`', steps[0]?.at ?? start);
}

/** The node that is compensated. */
function findSelfRoot(cursor: Cursor, steps: readonly PathStep[], start: number): FoundRoot | undefined {
  const field = steps[0]?.key;
  if (field !== 'result' && field !== 'input')
    return fail(cursor, '`self` has `result` and `input`', steps[0]?.at ?? start);
  return { root: { kind: 'self', field }, used: 1 };
}

function findNodeRoot(cursor: Cursor, steps: readonly PathStep[], start: number): FoundRoot | undefined {
  const [id, of, field] = steps;
  if (typeof id?.key !== 'string') return fail(cursor, 'an id is missing after `nodes`', start);
  const node = id.key;
  if (of?.key === 'result') return { root: { kind: 'result', node }, used: 2 };
  if (of?.key === 'state') return withoutPath(cursor, { root: { kind: 'state', node }, used: 2 }, steps);
  if (of?.key !== 'error') {
    const hint = of === undefined ? '' : '; an id with dots is written `nodes["id.with.dots"]`';
    return fail(cursor, `a node has \`result\`, \`state\` and \`error\`${hint}`, of?.at ?? cursor.at);
  }
  if (field?.key !== 'code' && field?.key !== 'message') {
    return fail(cursor, '`error` has `code` and `message`', field?.at ?? cursor.at);
  }
  return withoutPath(cursor, { root: { kind: 'error', node, field: field.key }, used: 3 }, steps);
}

function withoutPath(cursor: Cursor, found: FoundRoot, steps: readonly PathStep[]): FoundRoot | undefined {
  const more = steps[found.used];
  return more ? fail(cursor, 'there is nothing inside this value', more.at) : found;
}

/** The default, if there is one, and `}`. */
function readEnding(cursor: Cursor, text: string): Pick<Reference, 'fallback'> | undefined {
  skipSpaces(cursor);
  const hasDefault = cursor.text.startsWith('??', cursor.at);
  if (hasDefault) cursor.at += 2;
  const start = cursor.at;
  if (hasDefault) skipLiteral(cursor);
  if (cursor.at >= cursor.text.length) return fail(cursor, `\`}\` is missing after \`${text}\``);
  if (cursor.text[cursor.at] !== '}') return fail(cursor, `unexpected \`${cursor.text[cursor.at]}\` after \`${text}\``);
  cursor.at++;
  if (!hasDefault) return {};
  const fallback = parseJson(cursor.text.slice(start, cursor.at - 1));
  return fallback ? { fallback } : fail(cursor, 'after `??` stands a JSON value, such as `0`, `"none"` or `[]`', start);
}

/** To the `}` that closes the reference and not an object of the literal. */
function skipLiteral(cursor: Cursor): void {
  let depth = 0;
  while (cursor.at < cursor.text.length) {
    const sign = cursor.text[cursor.at];
    if (sign === '}' && depth-- === 0) return;
    if (sign === '{') depth++;
    if (sign === '"') skipString(cursor);
    else cursor.at++;
  }
}

function skipString(cursor: Cursor): void {
  cursor.at++;
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '"') {
    cursor.at += cursor.text[cursor.at] === '\\' ? 2 : 1;
  }
  cursor.at++;
}

function skipSpaces(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ') cursor.at++;
}

function readWord(cursor: Cursor, belongs: (code: number) => boolean): string {
  const start = cursor.at;
  while (cursor.at < cursor.text.length && belongs(cursor.text.charCodeAt(cursor.at))) cursor.at++;
  return cursor.text.slice(start, cursor.at);
}

const isDigit = (code: number) => code >= 48 && code <= 57;
const isLetter = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
/** Letters, digits, `_`, `-`, `$` and everything beyond ASCII. */
const isKeyCharacter = (code: number) =>
  isLetter(code) || isDigit(code) || code === 95 || code === 45 || code === 36 || code >= 128;
/** What an id may have, without the dot. */
const isIdCharacter = (code: number) =>
  isLetter(code) || isDigit(code) || '_:#@+=~-'.includes(String.fromCharCode(code));

function parseJson(text: string): { value: Json } | undefined {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
}

function fail(cursor: Cursor, message: string, at = cursor.at): undefined {
  cursor.fault = { at: Math.min(at, cursor.text.length) + 1, message };
  return undefined;
}
