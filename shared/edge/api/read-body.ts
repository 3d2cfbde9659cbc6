import { apiLimits } from './limits.ts';
import { locateJsonFault } from './locate-json-fault.ts';
import { type Problem, problem } from './problem.ts';
import { findRepeatedKey, placeOf } from './repeated-key.ts';
import { yamlSentence } from './yaml-sentence.ts';

export interface BodyRule {
  readonly limitBytes: number;
  /** Whether a document may also come as YAML. */
  readonly yaml: boolean;
}

/** `document` is undefined when there is no body. */
export type ReadBody = { readonly kind: 'read'; readonly document: unknown } | Problem;

/** One document from the request: of a known kind, not too large, well-formed. What it says is judged by the route's reader. */
export async function readBody(request: Request, rule: BodyRule): Promise<ReadBody> {
  const kind = kindOf(request, rule);
  const bytes = await readBytes(
    request,
    kind === 'yaml' ? Math.min(rule.limitBytes, apiLimits.yamlBytes) : rule.limitBytes,
  );
  if ('kind' in bytes) return bytes;
  if (bytes.length === 0) return { kind: 'read', document: undefined };
  if (typeof kind !== 'string') return kind;
  const text = decode(bytes);
  if (text === undefined) return problem('malformed_body', 'the body is not UTF-8');
  return kind === 'yaml' ? parseYaml(text) : parseJson(text);
}

async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array | Problem> {
  const tooLarge = problem('body_too_large', `the body has more than ${limitBytes} bytes`);
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) return tooLarge;
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > limitBytes) return tooLarge;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

function kindOf(request: Request, rule: BodyRule): 'json' | 'yaml' | Problem {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    return problem('unsupported_media_type', `the body is encoded with ${encoding}; send it as it is`);
  const type = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (rule.yaml && yamlTypes.includes(type)) return 'yaml';
  const known = rule.yaml ? 'application/json or application/yaml' : 'application/json';
  return problem('unsupported_media_type', `the body is ${type || 'of no stated kind'}; this address reads ${known}`);
}

const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml'];

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): ReadBody {
  try {
    const document: unknown = JSON.parse(text);
    const repeated = findRepeatedKey(text);
    if (!repeated) return { kind: 'read', document };
    const { line, column } = placeOf(text, repeated.offset);
    return problem(
      'malformed_body',
      `the key \`${repeated.key}\` stands twice in one object, at line ${line}, column ${column}`,
    );
  } catch {
    const fault = locateJsonFault(text);
    const where = fault ? ` at line ${fault.line}, column ${fault.column} (position ${fault.offset})` : '';
    return problem('malformed_body', `the body is no JSON${where}`);
  }
}

/** The reader of YAML is loaded when the first one comes; in a bundle, a CommonJS package that is loaded late has only `default`. */
async function parseYaml(text: string): Promise<ReadBody> {
  const { default: yaml } = await import('yaml');
  const document = yaml.parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line, column } = placeOf(text, error.pos[0]);
    return problem('malformed_body', `the body is no YAML at line ${line}, column ${column}: ${yamlSentence(error)}`);
  }
  try {
    return { kind: 'read', document: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return problem('malformed_body', 'the body repeats itself through too many aliases, or an alias has no anchor');
  }
}
