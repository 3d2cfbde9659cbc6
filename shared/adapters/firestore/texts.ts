import { CodedError } from '../../core/error.ts';
import type { Asker } from './ask.ts';
import { documentsAtOnce, partPath, sizes, textPath } from './layout.ts';
import { createTextCache } from './text-cache.ts';
import {
  numberIn,
  ofText,
  ofWhole,
  type StoredDocument,
  type Timestamp,
  textIn,
  type Value,
  type Write,
} from './values.ts';

/** Texts of a job that lie apart. They never change, so what was read or written once is not asked for again while there is room. */
export interface Texts {
  /** Nothing for a text that is known to be stored. */
  writesOf(jobId: string, name: string, text: string, expireAt: Value): readonly Write[];
  keep(jobId: string, texts: ReadonlyMap<string, string>): void;
  read(jobId: string, names: Iterable<string>): Promise<ReadonlyMap<string, string>>;
}

export function createTexts(asker: Asker, cacheCharsMost: number): Texts {
  const cache = createTextCache(cacheCharsMost);

  return {
    writesOf(jobId, name, text, expireAt) {
      if (cache.get(textPath(jobId, name)) !== undefined) return [];
      const parts = inParts(text);
      return parts.map((part, at) => ({
        path: partPath(jobId, name, at),
        fields: { text: ofText(part), parts: ofWhole(parts.length), expireAt },
      }));
    },

    keep(jobId, texts) {
      for (const [name, text] of texts) cache.put(textPath(jobId, name), text);
    },

    async read(jobId, names) {
      const found = new Map<string, string>();
      const missing: string[] = [];
      for (const name of new Set(names)) {
        const known = cache.get(textPath(jobId, name));
        if (known === undefined) missing.push(name);
        else found.set(name, known);
      }
      const firsts = await getAll(
        asker,
        missing.map((name) => partPath(jobId, name, 0)),
      );
      const more = missing.flatMap((name) => laterParts(jobId, name, firsts.get(partPath(jobId, name, 0))));
      const later = await getAll(asker, more);
      const documents = new Map([...firsts, ...later]);
      for (const name of missing) {
        const text = joined(jobId, name, documents);
        found.set(name, text);
        cache.put(textPath(jobId, name), text);
      }
      return found;
    },
  };
}

/** However many; only those that are there. */
export async function getAll(
  asker: Asker,
  paths: readonly string[],
  readTime?: Timestamp,
): Promise<ReadonlyMap<string, StoredDocument>> {
  const found = new Map<string, StoredDocument>();
  for (let at = 0; at < paths.length; at += documentsAtOnce) {
    const { documents } = await asker.get(paths.slice(at, at + documentsAtOnce), { readTime });
    for (const [path, document] of documents) found.set(path, document);
  }
  return found;
}

/** A document's text: in this field, or wherever the field's `At` says. */
export interface Place {
  readonly document: StoredDocument;
  readonly field: string;
}

export async function textsAt(texts: Texts, jobId: string, places: readonly Place[]): Promise<readonly string[]> {
  const names = places.map(({ document, field }) => textIn(document.fields, `${field}At`));
  const named = names.filter((name) => name !== undefined);
  const apart = await texts.read(jobId, named);
  return places.map(({ document, field }, at) => {
    const name = names[at];
    return (name === undefined ? textIn(document.fields, field) : apart.get(name)) ?? '';
  });
}

/** Cut between characters: Firestore counts the bytes of UTF-8. */
export function inParts(text: string): readonly string[] {
  if (text.length * 3 <= sizes.part) return [text];
  const bytes = Buffer.from(text);
  const parts: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + sizes.part);
    while (to < bytes.length && (bytes[to]! & 0xc0) === 0x80) to--;
    parts.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return parts;
}

function laterParts(jobId: string, name: string, first: StoredDocument | undefined): string[] {
  const count = first ? numberIn(first.fields, 'parts')! : 1;
  return Array.from({ length: count - 1 }, (_, at) => partPath(jobId, name, at + 1));
}

function joined(jobId: string, name: string, documents: ReadonlyMap<string, StoredDocument>): string {
  let text = '';
  const count = numberIn(documents.get(partPath(jobId, name, 0))?.fields ?? {}, 'parts') ?? 1;
  for (let part = 0; part < count; part++) {
    const document = documents.get(partPath(jobId, name, part));
    if (!document) throw new CodedError('store_damaged', `Job ${jobId} has lost ${partPath(jobId, name, part)}.`);
    text += textIn(document.fields, 'text')!;
  }
  return text;
}
