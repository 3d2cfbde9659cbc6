import { nameOfText } from '../../jobs/record/index.ts';
import type { Asker, Written } from './ask.ts';
import { documentsAtOnce, sizes } from './layout.ts';
import type { Texts } from './texts.ts';
import { type Fields, ofText, type Precondition, type Value, type Write } from './values.ts';

/**
 * What shall be written at once, whatever its size. Texts that make a document or the commit too large lie apart; when all of it is
 * still too much for one commit, the texts are written before it, where nobody sees them until the commit that names them.
 */
export interface Plan {
  readonly jobId: string;
  readonly documents: readonly DocumentPlan[];
  /** Texts that lie apart anyway, by name. */
  readonly apart: ReadonlyMap<string, string>;
  /** Of the texts. */
  readonly expireAt: Value;
}

export interface DocumentPlan {
  readonly path: string;
  readonly fields: Fields;
  /** By the field that they lie in. */
  readonly texts: Readonly<Record<string, string>>;
  /** Only what is said here is changed: the fields and texts given, and the fields of this list, which go unless they are given. */
  readonly changing?: readonly string[];
  readonly only?: Precondition;
}

/** Update times are those of the plan's documents, in their order. */
export async function writePlan(asker: Asker, texts: Texts, plan: Plan): Promise<Written> {
  const { jobId, expireAt } = plan;
  const apart = new Map(plan.apart);
  const main = settle(plan.documents, apart);
  const parts = [...apart].flatMap(([name, text]) => texts.writesOf(jobId, name, text, expireAt));
  const isOne = main.length + parts.length <= documentsAtOnce && bytesOf(main) + bytesOf(parts) <= sizes.commit;
  if (!isOne) await writeAhead(asker, parts);
  const written = await asker.commit(isOne ? [...main, ...parts] : main);
  if (written.kind === 'written') texts.keep(jobId, apart);
  return written;
}

/** On no condition, so that none can be refused. */
async function writeAhead(asker: Asker, parts: readonly Write[]): Promise<void> {
  for (const batch of batches(parts)) await asker.commit(batch);
}

interface Place {
  readonly document: DocumentPlan;
  readonly field: string;
  readonly text: string;
  readonly bytes: number;
  /** Where it lies apart. */
  name?: string;
}

function settle(documents: readonly DocumentPlan[], apart: Map<string, string>): Write[] {
  const places = documents.map((document) =>
    Object.entries(document.texts).map(
      ([field, text]): Place => ({ document, field, text, bytes: Buffer.byteLength(text) }),
    ),
  );
  for (const ofOne of places) makeRoom(ofOne, sizes.document, apart);
  makeRoom(places.flat(), sizes.commit - documents.length * sizes.documentShell, apart);
  return documents.map((document, at) => writeOf(document, places[at]!));
}

/** The largest go first. */
function makeRoom(places: readonly Place[], bytesMost: number, apart: Map<string, string>): void {
  const here = places.filter(({ name }) => name === undefined);
  let bytes = here.reduce((sum, place) => sum + place.bytes, 0);
  if (bytes <= bytesMost) return;
  for (const place of here.toSorted((a, b) => b.bytes - a.bytes)) {
    if (bytes <= bytesMost) return;
    place.name = nameOfText(place.text);
    apart.set(place.name, place.text);
    bytes -= place.bytes;
  }
}

function writeOf({ path, fields, changing, only }: DocumentPlan, places: readonly Place[]): Write {
  const all: Record<string, Value> = { ...fields };
  for (const { field, name, text } of places) {
    if (name === undefined) all[field] = ofText(text);
    else all[`${field}At`] = ofText(name);
  }
  const mask = changing && [
    ...new Set([...changing, ...Object.keys(fields), ...places.flatMap(({ field }) => [field, `${field}At`])]),
  ];
  return { path, fields: all, ...(mask && { mask }), ...(only && { only }) };
}

function bytesOf(writes: readonly Write[]): number {
  return writes.reduce((sum, write) => sum + bytesOfWrite(write), 0);
}

function bytesOfWrite({ fields }: Write): number {
  let bytes: number = sizes.documentShell;
  for (const value of Object.values(fields)) if ('stringValue' in value) bytes += Buffer.byteLength(value.stringValue);
  return bytes;
}

function batches(writes: readonly Write[]): Write[][] {
  const made: Write[][] = [];
  let room = 0;
  for (const write of writes) {
    const bytes = bytesOfWrite(write);
    if (bytes > room || made.at(-1)!.length === documentsAtOnce) {
      made.push([]);
      room = sizes.commit;
    }
    made.at(-1)!.push(write);
    room -= bytes;
  }
  return made;
}
