import { CodedError, messageOf } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { isJsonObject, type Json } from '../../core/json.ts';

/** Deepest nesting of an answer: whatever walks a result later does so recursively. */
const depthMax = 500;

/**
 * An answer's body as a node's result.
 *
 * - JSON (`application/json`, `*+json`) → the value, so that `${nodes.x.result.id}` reads a field of it;
 * - text (`text/*`, XML, YAML, forms, lines of JSON) → a string;
 * - nothing → null;
 * - no content type → the value if the text is JSON, else the text;
 * - anything else → `{ contentType, base64 }`: the target has done its work, and failing the node would not undo it.
 */
export function resultOf(body: Buffer, contentType: string | undefined): Json {
  if (body.length === 0) return null;
  const type = typeOf(contentType);
  if (jsonForm.test(type)) return parseJson(body);
  if (textForm.test(type)) return decodeText(body, charsetOf(contentType));
  return type === '' ? guess(body) : { contentType: type, base64: body.toString('base64') };
}

export function isJson(contentType: string | undefined): boolean {
  return jsonForm.test(typeOf(contentType));
}

function typeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase();
}

/** What a failure tells about an answer that was none of 2xx. */
export function detailsOf(status: number, headers: AnswerHeaders, start: Buffer): JsonObject {
  const retryAfter = headerOf(headers, 'retry-after');
  return {
    status,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(start.length === 0 ? {} : { body: start.toString('utf8') }),
  };
}

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const jsonForm = /^(application|text)\/(json|([\w.-]+\+json))$|\+json$/;
const textForm =
  /^text\/|\+(xml|yaml)$|^application\/(xml|yaml|x-yaml|x-ndjson|ndjson|jsonl|json-lines|javascript|x-www-form-urlencoded|graphql|sql|toml)$/;

function parseJson(body: Buffer): Json {
  let value: Json;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Json;
  } catch (error) {
    throw new CodedError('bad_response', `it says that it is JSON, but: ${messageOf(error)}`, { cause: error });
  }
  if (isDeeperThan(value, depthMax)) throw new CodedError('bad_response', `it is nested more than ${depthMax} deep`);
  return value;
}

/** Level by level, since a walk that calls itself is what the limit protects from. */
function isDeeperThan(value: Json, most: number): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    level = level.flatMap((each) => (Array.isArray(each) ? each : isJsonObject(each) ? Object.values(each) : []));
  }
  return false;
}

function decodeText(body: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(body);
  } catch (error) {
    throw new CodedError('bad_response', `its character set \`${charset}\` is unknown`, { cause: error });
  }
}

function charsetOf(contentType: string | undefined): string {
  return /;\s*charset="?([^";\s]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
}

function guess(body: Buffer): Json {
  try {
    return parseJson(body);
  } catch {
    return decodeText(body, 'utf-8');
  }
}
