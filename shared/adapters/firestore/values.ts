/** Firestore's values and documents as they go over the wire, as far as jobs need them. */
export type Value =
  | { readonly stringValue: string }
  | { readonly integerValue: string | number }
  | { readonly doubleValue: number }
  | { readonly timestampValue: Timestamp }
  | { readonly referenceValue: string };

export type Fields = Readonly<Record<string, Value>>;

/** Microseconds matter: it is given back exactly as it came. */
export interface Timestamp {
  readonly seconds?: string | number | null;
  readonly nanos?: number | null;
}

export interface StoredDocument {
  readonly path: string;
  readonly fields: Fields;
  readonly updateTime: Timestamp;
}

export interface Write {
  readonly path: string;
  readonly fields: Fields;
  /** Only these fields are written, or go where `fields` has none of them. Without it the document is replaced. */
  readonly mask?: readonly string[];
  readonly only?: Precondition;
}

export type Precondition = { readonly exists: boolean } | { readonly updateTime: Timestamp };

export const ofText = (stringValue: string): Value => ({ stringValue });
export const ofWhole = (integerValue: number): Value => ({ integerValue });
export const ofNumber = (doubleValue: number): Value => ({ doubleValue });

export function ofInstant(at: number): Value {
  const ms = Math.floor(at);
  return { timestampValue: { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 } };
}

export function textIn(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return value && 'stringValue' in value ? value.stringValue : undefined;
}

export function numberIn(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value && 'doubleValue' in value) return value.doubleValue;
  return value && 'integerValue' in value ? Number(value.integerValue) : undefined;
}
