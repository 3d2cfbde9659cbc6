/** Any JSON value. What jobs carry between nodes is this and nothing else. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text that is equal for equal values, whatever the order of their keys. For fingerprints. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`;
}

/** How long the value is as JSON text in UTF-8. */
export function jsonBytes(value: Json): number {
  if (value === null) return 4;
  return Buffer.byteLength(JSON.stringify(value));
}

export interface JsonSize {
  /** Of its JSON text in UTF-8. */
  readonly bytes: number;
  /** 0 for a value that holds no other. */
  readonly depth: number;
}

/**
 * How large a value is, without recursion and without writing it. Counted to `most` bytes and no further: beyond that only the fact
 * that there are more is right. Values are immutable, so what was counted is kept.
 */
export function sizeOf(value: Json, most: number): JsonSize {
  if (typeof value !== 'object' || value === null) return { bytes: jsonBytes(value), depth: 0 };
  const known = sizes.get(value);
  if (known && (known.bytes <= known.most || known.bytes > most)) return known;
  const size = { ...count(value, most), most };
  sizes.set(value, size);
  return size;
}

const sizes = new WeakMap<object, JsonSize & { readonly most: number }>();

function count(value: Json, most: number): JsonSize {
  let bytes = 0;
  let depth = -1;
  for (let level: readonly Json[] = [value]; level.length > 0 && bytes <= most; depth++) {
    const inside: Json[] = [];
    for (const each of level) {
      bytes += shellBytes(each, inside);
      if (bytes > most) break;
    }
    level = inside;
  }
  return { bytes, depth };
}

/** The bytes of a value without those of what it holds, which is handed on. */
function shellBytes(value: Json, inside: Json[]): number {
  if (typeof value !== 'object' || value === null) return jsonBytes(value);
  const held: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  for (const each of held) inside.push(each);
  const shell = 2 + Math.max(0, held.length - 1);
  if (Array.isArray(value)) return shell;
  return Object.keys(value).reduce((sum, key) => sum + jsonBytes(key) + 1, shell);
}
