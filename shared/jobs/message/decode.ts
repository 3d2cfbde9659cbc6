import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { limits } from '../limits.ts';
import { messageLimits } from './limits.ts';
import { type Message, messageSchema } from './message.ts';

/** Why a text is no message for us. Delivering it again would change nothing. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly because: 'notJson' | 'notOurs' | 'newerSchema' | 'invalid';
  readonly message: string;
}

/** Never throws: whatever text comes, the answer is a value. */
export function decodeMessage(text: string): Message | Unreadable {
  if (text.length > messageLimits.textChars)
    return unreadable('invalid', `the message has ${text.length} characters; ${messageLimits.textChars} are the most`);
  const value = readJson(text);
  if (value === undefined) return unreadable('notJson', 'the message is no JSON');
  if (!isJsonObject(value)) return unreadable('notOurs', 'the message is no JSON object');
  const { schema, kind } = value;
  if (kind === 'tick' && schema === undefined) return { kind };
  if (!isCount(schema) || typeof kind !== 'string')
    return unreadable('notOurs', 'the message names no schema and kind of ours');
  if (schema > messageSchema)
    return unreadable('newerSchema', `the message has schema ${schema}; this release reads up to ${messageSchema}`);
  return (
    decodeKind(kind, value) ??
    unreadable('invalid', `a field of the \`${kind.slice(0, 40)}\` message is missing or wrong`)
  );
}

function decodeKind(kind: string, value: JsonObject): Message | Unreadable | undefined {
  switch (kind) {
    case 'nodes':
      return decodeNodes(value);
    case 'alarms':
      return decodeAlarms(value);
    case 'tick':
      return { kind };
    default:
      return unreadable('notOurs', `no message of ours is a \`${kind.slice(0, 40)}\``);
  }
}

function decodeNodes({ jobId, nodes, priority, parcel }: JsonObject): Message | undefined {
  if (!isName(jobId) || !isPriority(priority)) return undefined;
  if (parcel !== undefined && !isName(parcel)) return undefined;
  if (!isList(nodes, messageLimits.nodesPerMessage, isNode)) return undefined;
  return { kind: 'nodes', jobId, nodes, priority, ...(parcel !== undefined && { parcel }) };
}

function decodeAlarms({ alarms }: JsonObject): Message | undefined {
  return isList(alarms, messageLimits.alarmsPerMessage, isAlarm) ? { kind: 'alarms', alarms } : undefined;
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

type Maybe = Json | undefined;

const isName = (value: Maybe): value is string =>
  typeof value === 'string' && value !== '' && value.length <= limits.nameChars;

const isCount = (value: Maybe): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

const isPriority = (value: Maybe): value is number =>
  value === 0 || (isCount(value) && value <= messageLimits.priorityMost);

const isNode = (value: Json): value is readonly [number, number] =>
  Array.isArray(value) && (value[0] === 0 || isCount(value[0])) && value[0] < limits.nodesPerJob && isCount(value[1]);

const isAlarm = (value: Json): value is readonly [string, number] =>
  Array.isArray(value) && isName(value[0]) && isCount(value[1]);

function isList<Item extends Json>(
  value: Maybe,
  most: number,
  is: (item: Json) => item is Item,
): value is readonly Item[] {
  return Array.isArray(value) && value.length > 0 && value.length <= most && value.every(is);
}

function unreadable(because: Unreadable['because'], message: string): Unreadable {
  return { kind: 'unreadable', because, message };
}
