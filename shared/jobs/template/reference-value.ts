import type { Json, JsonObject } from '../../core/json.ts';
import type { Failure } from '../../policy/retry/index.ts';
import type { NodeState } from '../states.ts';
import type { Reference, ReferenceRoot, Step } from './reference-text.ts';

/** What references can see. The engine makes one from a job; a map's node also has its item. */
export interface Scope {
  node(
    id: string,
  ): { readonly state: NodeState; readonly result?: Json | undefined; readonly failure?: Failure } | undefined;
  readonly job: { readonly id: string; readonly name: string; readonly input?: Json };
  /** Only for compensations: the node that is compensated. */
  readonly self?: { readonly result?: Json | undefined; readonly input?: Json | undefined };
  /** Only for the nodes of a map, and their compensations. */
  readonly item?: { readonly value: Json; readonly index: number };
}

export type Filled =
  | { readonly kind: 'filled'; readonly value: Json }
  | { readonly kind: 'unresolved'; readonly reference: string; readonly because: string }
  /** More than is taken, found before it was all written. */
  | { readonly kind: 'tooLarge'; readonly because: string };

/** The value that a reference stands for, its default when there is none. Null is a value. Only own properties are ever read. */
export function lookUp(reference: Reference, scope: Scope): Filled {
  const root = valueOfRoot(reference, scope);
  const looked = root.kind === 'filled' && reference.path.length > 0 ? follow(reference, root.value) : root;
  return looked.kind === 'unresolved' && reference.fallback ? filled(reference.fallback.value) : looked;
}

function valueOfRoot({ root, text }: Reference, scope: Scope): Filled {
  switch (root.kind) {
    case 'result':
    case 'state':
    case 'error':
      return valueOfNode(root, text, scope);
    case 'jobId':
      return filled(scope.job.id);
    case 'jobName':
      return filled(scope.job.name);
    case 'jobInput':
      return scope.job.input === undefined ? unresolved(text, 'the job has no input') : filled(scope.job.input);
    case 'self':
      return valueOfSelf(root.field, text, scope);
    case 'item':
      return scope.item ? filled(scope.item.value) : unresolved(text, 'there is an item only inside a map');
    case 'index':
      return scope.item ? filled(scope.item.index) : unresolved(text, 'there is an index only inside a map');
  }
}

function valueOfNode(root: Extract<ReferenceRoot, { node: string }>, text: string, scope: Scope): Filled {
  const node = scope.node(root.node);
  if (!node) return unresolved(text, `there is no node \`${root.node}\``);
  if (root.kind === 'state') return filled(node.state);
  if (root.kind === 'error') {
    return node.failure ? filled(node.failure[root.field]) : unresolved(text, `node \`${root.node}\` has not failed`);
  }
  return node.result === undefined
    ? unresolved(text, `node \`${root.node}\` is ${node.state} and has no result`)
    : filled(node.result);
}

function valueOfSelf(field: 'result' | 'input', text: string, { self }: Scope): Filled {
  if (!self) return unresolved(text, 'only a compensation has a node of its own');
  const value = self[field];
  return value === undefined ? unresolved(text, `the node has no ${field}`) : filled(value);
}

function follow({ path, text }: Reference, value: Json): Filled {
  let here = value;
  for (const step of path) {
    const next = inside(here, step);
    if (next === undefined) return unresolved(text, `there is no ${JSON.stringify(step)}`);
    here = next;
  }
  return filled(here);
}

function inside(value: Json, step: Step): Json | undefined {
  if (Array.isArray(value)) return typeof step === 'number' ? (value as readonly Json[])[step] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, step) ? (value as JsonObject)[step] : undefined;
}

export const filled = (value: Json): Extract<Filled, { kind: 'filled' }> => ({ kind: 'filled', value });
export const unresolved = (reference: string, because: string): Filled => ({ kind: 'unresolved', reference, because });
