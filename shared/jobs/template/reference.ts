import { type Json, type JsonObject, sizeOf } from '../../core/json.ts';
import { limits } from '../limits.ts';
import { type ParsedText, parseText, type Reference, type Step } from './reference-text.ts';
import { type Filled, filled, lookUp, type Scope, unresolved } from './reference-value.ts';

export type { Filled, Scope } from './reference-value.ts';

/**
 * Templates: any JSON value whose texts may hold references. A text that is one reference takes over the value with its type; inside
 * a longer text a value is written as it is when it is text, as JSON otherwise. Only own properties are ever read, so a
 * result cannot lead to a prototype, and what is filled in is never read as a template again.
 *
 * Templates are immutable: what was made of one is kept for the next time, and one without references is its own value.
 *
 * A short template may ask for very much. What it refers to is shared and not copied, so only its texts grow: they are counted while
 * they are written. With `bounds` the whole is measured, too.
 */
export function fillTemplate(template: Json, scope: Scope, bounds?: Bounds): Filled {
  const most = bounds?.bytes ?? limits.resultBytesPerJob;
  const made = fill(compiledOf(template), { scope, most, textChars: 0 });
  return bounds && made.kind === 'filled' ? within(bounds, made) : made;
}

/** Why there is no value, for people. */
export function whyNot(fill: Exclude<Filled, { kind: 'filled' }>): string {
  return fill.kind === 'tooLarge' ? fill.because : `${fill.reference} ${fill.because}`;
}

/** How large a value may be. */
export interface Bounds {
  readonly bytes: number;
  readonly depth: number;
}

/** For what a job keeps or sends: inputs and outputs. */
export const keptBounds: Bounds = { bytes: limits.resultBytes, depth: limits.resultDepth };

export interface References {
  readonly found: readonly FoundReference[];
  readonly faults: readonly TemplateFault[];
}

export interface FoundReference {
  /** The way to the text within the template. */
  readonly steps: readonly Step[];
  readonly reference: Reference;
}

export interface TemplateFault {
  readonly steps: readonly Step[];
  /** The character of the text, from 1. */
  readonly at: number;
  readonly message: string;
}

export function referencesIn(template: Json): References {
  const found: FoundReference[] = [];
  const faults: TemplateFault[] = [];
  const look = (value: Json, steps: readonly Step[]): void => {
    if (typeof value === 'string') {
      if (!value.includes('${')) return;
      const parsed = parse(value);
      if (parsed.kind === 'malformed') faults.push({ steps, at: parsed.at, message: parsed.message });
      else for (const part of parsed.parts) if (typeof part !== 'string') found.push({ steps, reference: part });
    } else if (Array.isArray(value)) {
      for (const [place, each] of value.entries()) look(each, [...steps, place]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, each] of Object.entries(value)) look(each, [...steps, key]);
    }
  };
  look(template, []);
  return { found, faults };
}

function within({ bytes, depth }: Bounds, made: Extract<Filled, { kind: 'filled' }>): Filled {
  const size = sizeOf(made.value, bytes);
  if (size.bytes > bytes) return tooLarge(bytes);
  return size.depth > depth ? { kind: 'tooLarge', because: `is nested more than ${depth} deep` } : made;
}

const tooLarge = (most: number): Filled => ({ kind: 'tooLarge', because: `has more than ${most} bytes` });

function compiledOf(template: Json): Compiled {
  if (typeof template === 'string') return template.includes('${') ? compileText(template) : constant(template);
  if (typeof template !== 'object' || template === null) return constant(template);
  const known = compiledTemplates.get(template);
  if (known) return known;
  const compiled = compile(template);
  compiledTemplates.set(template, compiled);
  return compiled;
}

type Compiled =
  | { readonly kind: 'constant'; readonly filled: { readonly kind: 'filled'; readonly value: Json } }
  | { readonly kind: 'malformed'; readonly unresolved: Filled }
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'text'; readonly parts: readonly (string | Reference)[] }
  | { readonly kind: 'list'; readonly items: readonly Compiled[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Compiled])[] };

const compiledTemplates = new WeakMap<object, Compiled>();
const compiledTexts = new Map<string, Compiled>();
const parsedTexts = new Map<string, ParsedText>();
/** Memos of texts start afresh beyond this many; longer texts are not kept. */
const textsKept = 10_000;
const textCharsKept = 500;

const compileText = keep(compiledTexts, (text): Compiled => {
  const parsed = parse(text);
  if (parsed.kind === 'malformed') {
    return { kind: 'malformed', unresolved: unresolved(text, `at character ${parsed.at}: ${parsed.message}`) };
  }
  const [first, second] = parsed.parts;
  if (first === undefined || typeof first === 'string') {
    if (second === undefined) return { kind: 'constant', filled: filled(first ?? '') };
  } else if (second === undefined) return { kind: 'reference', reference: first };
  return { kind: 'text', parts: parsed.parts };
});

const parse = keep(parsedTexts, parseText);

function keep<T>(memo: Map<string, T>, make: (text: string) => T): (text: string) => T {
  return (text) => {
    const known = memo.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (memo.size >= textsKept) memo.clear();
    if (text.length <= textCharsKept) memo.set(text, made);
    return made;
  };
}

function compile(template: Json): Compiled {
  if (typeof template === 'string' && template.includes('${')) return compileText(template);
  if (Array.isArray(template)) {
    const items = template.map(compile);
    return template.every((each, place) => isUnchanged(items[place]!, each))
      ? constant(template)
      : { kind: 'list', items };
  }
  if (typeof template !== 'object' || template === null) return constant(template);
  const object = template as JsonObject;
  const entries = Object.entries(object).map(([key, each]) => [key, compile(each)] as const);
  return entries.every(([key, each]) => isUnchanged(each, object[key]!))
    ? constant(object)
    : { kind: 'object', entries };
}

const isUnchanged = (compiled: Compiled, template: Json) =>
  compiled.kind === 'constant' && compiled.filled.value === template;

interface Filling {
  readonly scope: Scope;
  readonly most: number;
  /** Of all texts written so far. */
  textChars: number;
}

function fill(compiled: Compiled, filling: Filling): Filled {
  switch (compiled.kind) {
    case 'constant':
      return compiled.filled;
    case 'malformed':
      return compiled.unresolved;
    case 'reference':
      return lookUp(compiled.reference, filling.scope);
    case 'text':
      return fillText(compiled.parts, filling);
    case 'list':
      return fillList(compiled.items, filling);
    case 'object':
      return fillObject(compiled.entries, filling);
  }
}

function fillText(parts: readonly (string | Reference)[], filling: Filling): Filled {
  let text = '';
  for (const part of parts) {
    const made = typeof part === 'string' ? filled(part) : writtenOut(part, filling);
    if (made.kind !== 'filled') return made;
    text += made.value;
    filling.textChars += (made.value as string).length;
    if (filling.textChars > filling.most) return tooLarge(filling.most);
  }
  return filled(text);
}

/** A value within a text; it is measured before it is written, since that costs its length anew each time. */
function writtenOut(reference: Reference, { scope, most, textChars }: Filling): Filled {
  const looked = lookUp(reference, scope);
  if (looked.kind !== 'filled' || typeof looked.value === 'string') return looked;
  if (sizeOf(looked.value, most - textChars).bytes > most - textChars) return tooLarge(most);
  const text = writeJson(looked.value);
  return text === undefined ? unresolved(reference.text, 'it is too deep to be written into a text') : filled(text);
}

function fillList(items: readonly Compiled[], filling: Filling): Filled {
  const list: Json[] = [];
  for (const item of items) {
    const one = fill(item, filling);
    if (one.kind !== 'filled') return one;
    list.push(one.value);
  }
  return filled(list);
}

function fillObject(entries: readonly (readonly [string, Compiled])[], filling: Filling): Filled {
  const pairs: [string, Json][] = [];
  for (const [key, compiled] of entries) {
    const one = fill(compiled, filling);
    if (one.kind !== 'filled') return one;
    pairs.push([key, one.value]);
  }
  return filled(Object.fromEntries(pairs));
}

/** Undefined for what is nested so deep that writing it exhausts the stack. */
function writeJson(value: Json): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const constant = (value: Json): Compiled => ({ kind: 'constant', filled: filled(value) });
