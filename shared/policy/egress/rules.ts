import { parseAddress } from './addresses.ts';

/** One thing that the operator allows. Without a port it is about every port. */
export type AllowRule =
  | { readonly kind: 'host'; readonly host: string; readonly port?: number }
  /** Names below `of` at any depth, not `of` itself. */
  | { readonly kind: 'subdomains'; readonly of: string; readonly port?: number }
  | { readonly kind: 'network'; readonly address: string; readonly prefix: number; readonly port?: number };

export interface RuleFault {
  /** `[2]`: the third rule. */
  readonly path: string;
  readonly message: string;
}

export type ParsedAllowRules =
  | { readonly kind: 'parsed'; readonly rules: readonly AllowRule[] }
  | { readonly kind: 'refused'; readonly faults: readonly RuleFault[] };

type Parsed<T> = { readonly ok: T } | { readonly fault: string };

/**
 * `api.example.com`, `*.example.com`, `localhost`, `10.0.0.7`, `10.0.0.0/8`, `fd00:1::/64`, each with `:port` if wished; IPv6 with
 * a port stands in brackets: `[::1]:8080`. Every fault is named, not only the first.
 */
export function parseAllowRules(texts: readonly string[]): ParsedAllowRules {
  const rules: AllowRule[] = [];
  const faults: RuleFault[] = [];
  for (const [place, text] of texts.entries()) {
    const parsed = parseAllowRule(text.trim());
    if ('ok' in parsed) rules.push(parsed.ok);
    else faults.push({ path: `[${place}]`, message: `the rule \`${text}\` ${parsed.fault}` });
  }
  return faults.length > 0 ? { kind: 'refused', faults } : { kind: 'parsed', rules };
}

function parseAllowRule(text: string): Parsed<AllowRule> {
  if (text === '') return { fault: 'is empty' };
  if (text.includes('://'))
    return { fault: 'is a URL; write its host alone, such as `api.example.com` or `api.example.com:8443`' };
  const split = splitPort(text);
  if ('fault' in split) return split;
  const { name, port } = split.ok;
  const named = parseName(name);
  if ('fault' in named || port === undefined) return named;
  return { ok: { ...named.ok, port } };
}

function splitPort(text: string): Parsed<{ name: string; port?: number }> {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const colons = text.split(':').length - 1;
  const [name, digits] = bracketed ? [bracketed[1]!, bracketed[2]] : colons === 1 ? text.split(':') : [text, undefined];
  if (bracketed && !name!.includes(':')) return { fault: 'has brackets around something that is no IPv6 address' };
  if (digits === undefined) return { ok: { name: name! } };
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) return { fault: `has the port \`${digits}\`; ports are 1 to 65535` };
  return { ok: { name: name!, port } };
}

function parseName(name: string): Parsed<AllowRule> {
  if (name.includes('/')) return parseNetwork(name);
  const address = parseAddress(name);
  if (address)
    return { ok: { kind: 'network', address: address.toString(), prefix: address.kind() === 'ipv4' ? 32 : 128 } };
  if (name === '*')
    return { fault: 'would allow everything; name hosts, `*.example.com`, or networks such as `10.0.0.0/8`' };
  const below = name.startsWith('*.');
  const bare = below ? name.slice(2) : name;
  if (bare.includes('*')) return { fault: 'has a star inside; it may only stand in front, as in `*.example.com`' };
  const host = parseHost(bare);
  if ('fault' in host) return host;
  return { ok: below ? { kind: 'subdomains', of: host.ok } : { kind: 'host', host: host.ok } };
}

function parseNetwork(text: string): Parsed<AllowRule> {
  const [before, digits, ...more] = text.split('/');
  const address = parseAddress(before!);
  if (!address || more.length > 0)
    return { fault: 'is no network; write one as `10.0.0.0/8` or `fd00::/8`, and hosts without a path' };
  const most = address.kind() === 'ipv4' ? 32 : 128;
  const prefix = /^\d{1,3}$/.test(digits!) ? Number(digits) : Infinity;
  if (prefix > most) return { fault: `has the prefix length \`${digits}\`; it is 0 to ${most}` };
  const first = firstOf(address.toByteArray(), prefix);
  if (first !== address.toNormalizedString())
    return { fault: `has bits beyond its prefix; the network is \`${first}/${prefix}\`` };
  return { ok: { kind: 'network', address: address.toString(), prefix } };
}

/** The network's first address. */
function firstOf(bytes: readonly number[], prefix: number): string {
  const kept = bytes.map((byte, place) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - place * 8))) & 0xff);
  if (kept.length === 4) return kept.join('.');
  const parts = Array.from({ length: 8 }, (_, place) => ((kept[place * 2]! << 8) | kept[place * 2 + 1]!).toString(16));
  return parts.join(':');
}

/** The host as URLs have it after parsing: lower case, punycode, no dot at the end. */
function parseHost(text: string): Parsed<string> {
  const noHost = { fault: 'names no host; write one such as `api.example.com`' };
  if (/[\s/\\?#@:]/.test(text) || !URL.canParse(`http://${text}`)) return noHost;
  const host = new URL(`http://${text}`).hostname.replace(/\.$/, '');
  if (parseAddress(host)) return { fault: `is the address ${host} in an unusual spelling; write \`${host}\`` };
  return host.length <= 253 && host.split('.').every((label) => labelForm.test(label)) ? { ok: host } : noHost;
}

const labelForm = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
