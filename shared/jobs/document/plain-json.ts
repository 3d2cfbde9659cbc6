import type { Json } from '../../core/json.ts';
import type { Step } from '../template/reference-text.ts';
import type { FaultList } from './fault.ts';

/** How large a value may be. */
export interface Bounds {
  readonly bytes: number;
  readonly depth: number;
}

export interface PlainJson {
  readonly value: Json;
  /** Of its JSON text in UTF-8. */
  readonly bytes: number;
}

/**
 * A copy of a value from outside as plain JSON, so that nobody can change it later, or undefined and the faults. The walk is bounded:
 * neither a circle nor aliases that multiply (a YAML document may have both) cost more than a document of the largest size.
 */
export function plainJson(value: unknown, bounds: Bounds, faults: FaultList): PlainJson | undefined {
  const walk: Walk = { bounds, faults, steps: [], bytes: 0, isSound: true, isOver: false };
  const copy = copyValue(value, walk);
  if (walk.bytes > bounds.bytes) {
    faults.add([], `is larger than ${bounds.bytes} bytes of JSON text, the most that is taken`);
    return undefined;
  }
  return walk.isSound ? { value: copy, bytes: walk.bytes } : undefined;
}

interface Walk {
  readonly bounds: Bounds;
  readonly faults: FaultList;
  readonly steps: Step[];
  bytes: number;
  isSound: boolean;
  /** Nothing more is looked at. */
  isOver: boolean;
}

function copyValue(value: unknown, walk: Walk): Json {
  if (typeof value === 'string') {
    walk.bytes += textBytes(value);
    return value;
  }
  if (typeof value === 'number' && Number.isFinite(value)) {
    const number = value === 0 ? 0 : value;
    walk.bytes += String(number).length;
    return number;
  }
  if (typeof value === 'boolean' || value === null) {
    walk.bytes += value === false ? 5 : 4;
    return value;
  }
  if (typeof value !== 'object') return refuse(walk, `is ${nameOf(value)}, which JSON does not have`);
  if (walk.steps.length >= walk.bounds.depth) {
    walk.isOver = true;
    return refuse(walk, 'is nested too deep');
  }
  if (walk.bytes > walk.bounds.bytes) walk.isOver = true;
  if (Array.isArray(value)) return copyList(value, walk);
  if (Object.prototype.toString.call(value) === '[object Object]')
    return copyObject(value as Record<string, unknown>, walk);
  return refuse(walk, `is ${nameOf(value)}, which JSON does not have`);
}

function copyList(list: readonly unknown[], walk: Walk): Json {
  const copy: Json[] = [];
  walk.bytes += 2 + Math.max(0, list.length - 1);
  for (let place = 0; place < list.length && !walk.isOver; place++) {
    walk.steps.push(place);
    copy.push(copyValue(list[place], walk));
    walk.steps.pop();
  }
  return copy;
}

function copyObject(object: Readonly<Record<string, unknown>>, walk: Walk): Json {
  const copy: Record<string, Json> = {};
  let entries = 0;
  walk.bytes += 1;
  for (const key of Object.keys(object)) {
    if (walk.isOver) break;
    if (object[key] === undefined) continue;
    entries++;
    walk.bytes += textBytes(key) + 2;
    walk.steps.push(key);
    if (key === '__proto__') refuse(walk, 'is a key that is not taken');
    else copy[key] = copyValue(object[key], walk);
    walk.steps.pop();
  }
  if (entries === 0) walk.bytes += 1;
  return copy;
}

function refuse(walk: Walk, message: string): null {
  walk.isSound = false;
  walk.faults.add(walk.steps, message);
  return null;
}

function nameOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object') return `a value of type ${typeof value}`;
  return `a value of type ${Object.prototype.toString.call(value).slice(8, -1)}`;
}

/** Bytes of a text in JSON and UTF-8, its quotes included. */
function textBytes(text: string): number {
  let bytes = 2;
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code >= 0x80) bytes += code < 0x800 ? 2 : bytesBeyond(text, place);
    else if (code === 0x22 || code === 0x5c) bytes += 2;
    else if (code >= 0x20) bytes += 1;
    else bytes += '\b\t\n\f\r'.includes(text[place]!) ? 2 : 6;
  }
  return bytes;
}

/** A pair of surrogates is four bytes, two for each half; a lonely one is written as an escape. */
function bytesBeyond(text: string, place: number): number {
  const code = text.charCodeAt(place);
  if (code < 0xd800 || code > 0xdfff) return 3;
  const isFirst = code < 0xdc00;
  const other = text.charCodeAt(isFirst ? place + 1 : place - 1);
  const isPair = isFirst ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other <= 0xdbff;
  return isPair ? 2 : 6;
}
