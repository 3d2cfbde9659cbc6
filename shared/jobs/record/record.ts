import { createHash } from 'node:crypto';
import type { Json } from '../../core/json.ts';
import { graphOf } from '../graph.ts';
import type { BlockedNode, Job, JobHeader, NodePage, NodeRun } from '../job.ts';
import { limits } from '../limits.ts';
import { isSettled } from '../states.ts';

/**
 * The stored form of a job, the same for every store: what lies beside the job's own row, and how a page is written.
 * A blocked node is stored as null, or as what it remembers of before it was reset, since its counts follow from the other nodes; a large result lies apart from its page.
 * What is read back equals what was written.
 */

/** A job of one page carries it in its own row; of a larger one each page is a row of its own. */
export function pageIsInline(pages: readonly NodePage[]): boolean {
  return pages.length === 1;
}

/** A spec above this lies in a row of its own, so that the job's row stays cheap to rewrite. */
const specCharsInline = 4_096;

export function specIsInline(specText: string): boolean {
  return specText.length <= specCharsInline;
}

/** Audit lines collect in the job's row and move together to a chunk of their own, so that the row stays small. */
const auditLinesPerChunk = 64;
const auditLinesAtOnce = 32;

/** Whether the lines that a commit brings, and with them all that the row holds, become a chunk. */
export function auditBecomesChunk(countBefore: number, countAfter: number): boolean {
  if (countAfter - countBefore >= auditLinesAtOnce) return true;
  return Math.floor(countBefore / auditLinesPerChunk) !== Math.floor(countAfter / auditLinesPerChunk);
}

/** Pages to be written with a commit: when a job outgrows its first page, that one moves out of the job's row as well. */
export function pagesToWrite(before: Job, after: Job, changed: readonly number[]): readonly number[] {
  if (pageIsInline(before.pages) === pageIsInline(after.pages) || changed.includes(0)) return changed;
  return [0, ...changed];
}

/** The results of these nodes that lie apart, by the index of their node; of all nodes when none are named. */
export function resultsApart(pages: readonly NodePage[], nodes?: readonly number[]): Map<number, string> {
  const apart = new Map<number, string>();
  const look = (node: NodeRun, index: number) => {
    const text = resultApart(node);
    if (text !== undefined) apart.set(index, text);
  };
  const { nodesPerPage } = limits;
  if (nodes)
    for (const index of nodes) look(pages[Math.floor(index / nodesPerPage)]!.nodes[index % nodesPerPage]!, index);
  else
    pages.forEach((page, no) => void page.nodes.forEach((node, place) => void look(node, no * nodesPerPage + place)));
  return apart;
}

/** `before` is the page that this one was made from: what they share is not written anew. */
export function encodePage(page: NodePage, before?: NodePage): string {
  const known = before && textsOf.get(before);
  const texts = page.nodes.map((node, place) =>
    known && before.nodes[place] === node ? known[place]! : encodeNode(node),
  );
  textsOf.set(page, texts);
  const alarmAt = page.alarmAt === Infinity ? '' : `"alarmAt":${page.alarmAt},`;
  return `{"dueAt":${page.dueAt === Infinity ? null : page.dueAt},${alarmAt}"nodes":[${texts.join(',')}]}`;
}

const textsOf = new WeakMap<NodePage, readonly string[]>();

/** `first` is the index of the page's first node, `results` holds the texts of those that lie apart. */
export function decodePage(text: string, first: number, results: ReadonlyMap<number, string>): NodePage {
  const { dueAt, alarmAt, nodes } = JSON.parse(text) as StoredPage;
  return {
    dueAt: dueAt ?? Infinity,
    alarmAt: alarmAt ?? Infinity,
    nodes: nodes.map((node, place) => (node === null ? unblocked : decodeNode(node, results.get(first + place)))),
  };
}

/** The names that a page gives to the results that lie apart from it, by the index of their node. */
export function resultNames(text: string, first: number): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  if (!text.includes('"resultApart":')) return names;
  (JSON.parse(text) as StoredPage).nodes.forEach((node, place) => {
    if (typeof node?.resultApart === 'string') names.set(first + place, node.resultApart);
  });
  return names;
}

/** Texts are named by what they say: one that is stored under its name is never another one. 132 bits of SHA-256. */
export function nameOfText(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/** Gives the blocked nodes their counts: of a node of the spec from its dependencies; an item has none. */
export function recountBlocked(job: Pick<Job, 'spec' | 'pages'>): readonly NodePage[] {
  const { dependencies } = graphOf(job.spec);
  const stateAt = (index: number) =>
    job.pages[Math.floor(index / limits.nodesPerPage)]!.nodes[index % limits.nodesPerPage]!.state;
  return job.pages.map((page, no) => {
    if (!page.nodes.some(({ state }) => state === 'blocked')) return page;
    const nodes = page.nodes.map((node, place) => {
      const on = dependencies[no * limits.nodesPerPage + place];
      if (node.state !== 'blocked' || on === undefined) return node;
      const states = on.map(stateAt);
      return {
        ...node,
        unsettled: states.filter((state) => !isSettled(state)).length,
        succeeded: states.filter((state) => state === 'succeeded').length,
      };
    });
    return { ...page, nodes };
  });
}

export function decodeJob(id: string, stored: StoredJob): Job {
  const spec = JSON.parse(stored.spec) as Job['spec'];
  const header = JSON.parse(stored.header) as JobHeader;
  const pages = stored.pages.map((text, no) => decodePage(text, no * limits.nodesPerPage, stored.results));
  return { id, spec, header, pages: recountBlocked({ spec, pages }) };
}

/** The texts of a job, page by page. */
export interface StoredJob {
  readonly spec: string;
  readonly header: string;
  readonly pages: readonly string[];
  /** By the index of their node. */
  readonly results: ReadonlyMap<number, string>;
}

const isSmall = (result: Json | undefined): boolean =>
  typeof result === 'string'
    ? result.length < limits.resultBytesInline / 8
    : typeof result !== 'object' || result === null;

interface StoredPage {
  readonly dueAt: number | null;
  readonly alarmAt?: number;
  readonly nodes: readonly (StoredNode | null)[];
}

/** `resultApart` is the name of the result's text. */
type StoredNode = NodeRun & { readonly resultApart?: string };

const unblocked = { state: 'blocked', unsettled: 0, succeeded: 0 } as const;

function encodeNode(node: NodeRun): string {
  if (node.state === 'blocked') return encodeBlocked(node);
  const known = stubs.get(node);
  if (known !== undefined) return known;
  const apart = resultApart(node);
  return apart === undefined ? JSON.stringify(node) : stubOf(node, apart);
}

/** The text of a result that lies apart from its page; undefined for a small one, or none. */
function resultApart(node: NodeRun): string | undefined {
  if (node.state !== 'succeeded' || isSmall(node.result)) return undefined;
  const text = JSON.stringify(node.result);
  return text.length > limits.resultBytesInline ? text : undefined;
}

/** A node without its large result. Kept, so that a page that is written again does not look at that result again. */
function stubOf(node: NodeRun, result: string): string {
  const stub = JSON.stringify({ ...node, result: undefined, resultApart: nameOfText(result) });
  stubs.set(node, stub);
  return stub;
}

const stubs = new WeakMap<NodeRun, string>();

function encodeBlocked({ unsettled: _, succeeded: __, ...kept }: BlockedNode): string {
  return Object.keys(kept).length === 1 ? 'null' : JSON.stringify(kept);
}

function decodeNode(stored: StoredNode, result: string | undefined): NodeRun {
  if (stored.state === 'blocked') return { ...stored, ...unblocked };
  if (stored.resultApart === undefined) return stored;
  const { resultApart: _, ...rest } = stored;
  const node = { ...rest, result: JSON.parse(result!) as Json } as NodeRun;
  stubs.set(node, JSON.stringify(stored));
  return node;
}
