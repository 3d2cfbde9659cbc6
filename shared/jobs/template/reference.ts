import type { Json, JsonObject } from '../../core/json.ts';
import { type ParsedText, parseText, type Reference, type Step } from './reference-text.ts';
import { type Filled, filled, lookUp, type Scope, unresolved } from './reference-value.ts';

export type { Filled, Scope } from './reference-value.ts';

/**
 * Templates: any JSON value whose texts may hold references. A text that is one reference takes over the value with its type; inside
 * a longer text a value is written as it is when it is text, as JSON otherwise. Only own properties are ever read, so a
 * result cannot lead to a prototype, and what is filled in is never read as a template again.
 *
 * Templates are immutable: what was made of one is kept for the next time, and one without references is its own value.
 */
export function fillTemplate(template: Json, scope: Scope): Filled {
  if (typeof template === 'string')
    return template.includes('${') ? fill(compileText(template), scope) : filled(template);
  if (typeof template !== 'object' || template === null) return filled(template);
  let compiled = compiledTemplates.get(template);
  if (!compiled) {
    compiled = compile(template);
    compiledTemplates.set(template, compiled);
  }
  return fill(compiled, scope);
}

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

function fill(compiled: Compiled, scope: Scope): Filled {
  switch (compiled.kind) {
    case 'constant':
      return compiled.filled;
    case 'malformed':
      return compiled.unresolved;
    case 'reference':
      return lookUp(compiled.reference, scope);
    case 'text':
      return fillText(compiled.parts, scope);
    case 'list':
      return fillList(compiled.items, scope);
    case 'object':
      return fillObject(compiled.entries, scope);
  }
}

function fillText(parts: readonly (string | Reference)[], scope: Scope): Filled {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') text += part;
    else {
      const looked = lookUp(part, scope);
      if (looked.kind === 'unresolved') return looked;
      const written = typeof looked.value === 'string' ? looked.value : writeJson(looked.value);
      if (written === undefined) return unresolved(part.text, 'it is too deep to be written into a text');
      text += written;
    }
  }
  return filled(text);
}

function fillList(items: readonly Compiled[], scope: Scope): Filled {
  const list: Json[] = [];
  for (const item of items) {
    const one = fill(item, scope);
    if (one.kind === 'unresolved') return one;
    list.push(one.value);
  }
  return filled(list);
}

function fillObject(entries: readonly (readonly [string, Compiled])[], scope: Scope): Filled {
  const pairs: [string, Json][] = [];
  for (const [key, compiled] of entries) {
    const one = fill(compiled, scope);
    if (one.kind === 'unresolved') return one;
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
