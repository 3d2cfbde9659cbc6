import type * as z from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { limits } from '../limits.ts';
import type { JobSpec, NodeSpec } from '../spec.ts';
import type { Step } from '../template/reference-text.ts';
import type { FaultList } from './fault.ts';
import { addSchemaFaults } from './schema-faults.ts';
import { jobDocument, nodeDocument } from './spec-schema.ts';
import { listOf } from './spec-sketch.ts';

/**
 * The form of a document, read node by node: zod makes an issue of every fault and hands all of them up the tree, which for a large
 * document with many faults takes gigabytes and overflows the stack. Gives up once the faults are too many to be counted.
 */
export function readForm(document: Json, faults: FaultList): JobSpec | undefined {
  return readJob(document, [], faults);
}

/** Stands in for what is read on its own. */
const soundNodes: Json = [{ id: 'sound', type: 'delay', delay: 0 }];
const soundJob: Json = { name: 'sound', nodes: soundNodes };

function readJob(document: Json, steps: readonly Step[], faults: FaultList): JobSpec | undefined {
  const nodes = isJsonObject(document) ? listOf(document['nodes']) : [];
  if (!isJsonObject(document) || nodes.length === 0 || nodes.length > limits.nodesPerSpec) {
    return read(jobDocument, document, steps, faults);
  }
  const job = read(jobDocument, { ...document, nodes: soundNodes }, steps, faults);
  const specs: NodeSpec[] = [];
  for (const [place, node] of nodes.entries()) {
    if (faults.isHopeless()) return undefined;
    const spec = readNode(node, [...steps, 'nodes', place], faults);
    if (spec) specs.push(spec);
  }
  return job && specs.length === nodes.length ? { ...job, nodes: specs } : undefined;
}

function readNode(node: Json, steps: readonly Step[], faults: FaultList): NodeSpec | undefined {
  if (!isJsonObject(node)) return read(nodeDocument, node, steps, faults);
  const child = childOf(node);
  const item = node['node'];
  const itemChild = childOf(item);
  if (child) {
    const spec = read(nodeDocument, { ...node, job: soundJob }, steps, faults);
    const job = readJob(child, [...steps, 'job'], faults);
    return spec?.type === 'job' && job ? { ...spec, job } : undefined;
  }
  if (isJsonObject(item) && itemChild) {
    const spec = read(nodeDocument, { ...node, node: { ...item, job: soundJob } }, steps, faults);
    const job = readJob(itemChild, [...steps, 'node', 'job'], faults);
    return spec?.type === 'map' && spec.node.type === 'job' && job
      ? { ...spec, node: { ...spec.node, job } }
      : undefined;
  }
  return read(nodeDocument, node, steps, faults);
}

function childOf(node: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(node) || node['type'] !== 'job') return undefined;
  return isJsonObject(node['job']) ? node['job'] : undefined;
}

function read<T>(schema: z.ZodType<T>, value: Json, steps: readonly Step[], faults: FaultList): T | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  addSchemaFaults(parsed.error.issues, value, steps, faults);
  return undefined;
}
