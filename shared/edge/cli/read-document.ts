import type { Fault } from '../../jobs/document/index.ts';
import { locateJsonFault } from '../api/locate-json-fault.ts';
import { findRepeatedKey, placeOf } from '../api/repeated-key.ts';
import { yamlSentence } from '../api/yaml-sentence.ts';

/** A fault with the place in the file that it is about, counted from 1. */
export interface FileFault extends Fault {
  readonly line?: number;
  readonly column?: number;
}

export type ReadDocument =
  | { readonly kind: 'document'; readonly document: unknown }
  | { readonly kind: 'faults'; readonly faults: readonly FileFault[] };

/** Aliases that a YAML file may unfold to: a few lines could otherwise become gigabytes. */
const aliasesMax = 1_000;

/** YAML or JSON: what the name's ending says, else JSON where it is JSON. The reader of YAML is loaded when it is needed. */
export async function readDocument(name: string, text: string): Promise<ReadDocument> {
  if (name.endsWith('.json')) return readJson(text);
  if (/^\s*[[{]/.test(text) && !/\.ya?ml$/.test(name)) return readJson(text);
  return readYaml(text);
}

function readJson(text: string): ReadDocument {
  try {
    const document: unknown = JSON.parse(text);
    const repeated = findRepeatedKey(text);
    if (!repeated) return { kind: 'document', document };
    const message = `the key \`${repeated.key}\` stands twice in one object`;
    return { kind: 'faults', faults: [{ path: '', message, ...placeOf(text, repeated.offset) }] };
  } catch {
    const { line = 1, column = 1 } = locateJsonFault(text) ?? {};
    const what = text.trim() === '' ? 'the file is empty' : 'the file is no JSON from here on';
    return { kind: 'faults', faults: [{ path: '', message: what, line, column }] };
  }
}

async function readYaml(text: string): Promise<ReadDocument> {
  const { default: yaml } = await import('yaml');
  const { isAlias, LineCounter, parseDocument, visit } = yaml;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faultAt = (offset: number, message: string): FileFault => {
    const { line, col } = lines.linePos(offset);
    return { path: '', message, line, column: col };
  };
  if (document.errors.length > 0) {
    return { kind: 'faults', faults: document.errors.map((error) => faultAt(error.pos[0], yamlSentence(error))) };
  }
  const faults: FileFault[] = [];
  visit(document, {
    Alias(_, alias) {
      if (isAlias(alias) && !alias.resolve(document))
        faults.push(faultAt(alias.range?.[0] ?? 0, `no anchor \`${alias.source}\` stands before this`));
    },
  });
  if (faults.length > 0) return { kind: 'faults', faults };
  try {
    return { kind: 'document', document: document.toJS({ maxAliasCount: aliasesMax }) };
  } catch {
    const message = `the file repeats itself through more than ${aliasesMax} aliases`;
    return { kind: 'faults', faults: [{ path: '', message }] };
  }
}

/** Gives faults their places. Every JSON file can be read as YAML, and that reader knows where each value stands. */
export async function locateFaults(text: string, faults: readonly Fault[]): Promise<FileFault[]> {
  const { default: yaml } = await import('yaml');
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } = yaml;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });

  /** Of what the path names, or of the nearest thing around it that is there. */
  function offsetOf(path: string): number {
    let here: unknown = document.contents;
    let offset = document.contents?.range?.[0] ?? 0;
    for (const step of stepsOf(path)) {
      if (isAlias(here)) here = here.resolve(document);
      if (isMap(here)) {
        const pair = here.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
        if (!pair) return offset;
        offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
        here = pair.value;
      } else if (isSeq(here) && typeof step === 'number') {
        here = here.items[step];
        const range = (here as { range?: readonly number[] | null } | undefined)?.range;
        if (!range) return offset;
        offset = range[0] ?? offset;
      } else return offset;
    }
    return offset;
  }

  return faults.map((fault) => {
    const { line, col } = lines.linePos(offsetOf(fault.path));
    return { ...fault, line, column: col };
  });
}

/** `nodes[3].input["a b"].ms` → nodes, 3, input, a b, ms. */
export function stepsOf(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  for (const [, place, quoted, name] of path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    if (place !== undefined) steps.push(Number(place));
    else steps.push(quoted === undefined ? name! : (JSON.parse(quoted) as string));
  }
  return steps;
}
