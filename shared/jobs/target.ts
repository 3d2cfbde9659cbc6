import { type JobView, nodeSpecAt } from './nodes.ts';
import { scopeAt } from './scope.ts';
import { fillTemplate, keptBounds } from './template/reference.ts';
import { parseText } from './template/reference-text.ts';

/**
 * The name of what a node calls: `http:https://pay.example` for any path there, `topic:orders`, `handler:resize`. Undefined for a node that
 * makes no call, and for a call that could not be made. What no reference has a part in is looked at once.
 */
export function targetAt(job: JobView, index: number): string | undefined {
  const spec = nodeSpecAt(job, index);
  let found = addresses.get(spec);
  if (!found) {
    found = addressOf(spec);
    addresses.set(spec, found);
  }
  if (found.kind === 'fixed') return found.target;
  const filled = fillTemplate(found.template, scopeAt(job, index), keptBounds);
  return filled.kind === 'filled' ? nameOf(found.of, String(filled.value)) : undefined;
}

type Address =
  | { readonly kind: 'fixed'; readonly target: string | undefined }
  | { readonly kind: 'open'; readonly of: 'http' | 'topic'; readonly template: string };

type CallSpec = ReturnType<typeof nodeSpecAt>;

const addresses = new WeakMap<CallSpec, Address>();

function addressOf(spec: CallSpec): Address {
  switch (spec.type) {
    case 'http':
      return addressIn('http', spec.url);
    case 'pubsub':
      return addressIn('topic', spec.topic);
    case 'function':
      return { kind: 'fixed', target: `handler:${spec.handler}` };
    default:
      return { kind: 'fixed', target: undefined };
  }
}

function addressIn(of: 'http' | 'topic', template: string): Address {
  const parsed = parseText(template);
  const [start = '', ...rest] = parsed.kind === 'parts' ? parsed.parts : [];
  const isKnown = rest.length === 0 || (of === 'http' && typeof start === 'string' && wholeOrigin.test(start));
  if (typeof start !== 'string' || !isKnown) return { kind: 'open', of, template };
  return { kind: 'fixed', target: nameOf(of, start) };
}

/** Nothing behind it belongs to the host any more. */
const wholeOrigin = /^https?:\/\/[^/?#]+[/?#]/i;

function nameOf(of: 'http' | 'topic', address: string): string | undefined {
  if (of === 'topic') return `topic:${address}`;
  return URL.canParse(address) ? `http:${new URL(address).origin}` : undefined;
}
