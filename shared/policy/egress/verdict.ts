import ipaddr from 'ipaddr.js';
import { type AddressKind, classifyAddress, parseAddress } from './addresses.ts';
import type { AllowRule } from './rules.ts';

export interface EgressPolicy {
  readonly allow: readonly AllowRule[];
  /** Only what a rule names may be called, public addresses too; false unless said. */
  readonly only?: boolean;
}

/** What a URL names. */
export interface EgressTarget {
  /** As `URL.hostname` gives it. */
  readonly host: string;
  readonly port: number;
}

export type EgressVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly because: AddressKind | 'notListed' | 'noAddress'; readonly message: string };

const allowed = { kind: 'allowed' } as const;

/** Before a name is looked up. A name that cannot be allowed is not even asked for: the question itself could carry a secret out. */
export function judgeTarget(policy: EgressPolicy, target: EgressTarget): EgressVerdict {
  const host = plainHost(target.host);
  if (parseAddress(host)) return judgeAddress(policy, target, host);
  const rules = policy.allow.filter((rule) => rule.port === undefined || rule.port === target.port);
  if (rules.some((rule) => namesHost(rule, host))) return allowed;
  if (metadataHosts.has(host)) return refuse(target, 'metadata', `${host} is a cloud's metadata server`);
  if (policy.only && !rules.some((rule) => rule.kind === 'network')) return notListed(target);
  return allowed;
}

/**
 * May `target` be called at `address`, the one that would be connected to?
 * A rule that names a host trusts its DNS as far as the operator's own networks: it opens loopback, private and shared addresses to
 * that host. All other special addresses must be named by number, and metadata addresses one by one.
 */
export function judgeAddress(policy: EgressPolicy, target: EgressTarget, address: string): EgressVerdict {
  const kind = classifyAddress(address);
  if (kind === undefined) return refuse(target, 'noAddress', `${address} is no address`);
  const rules = policy.allow.filter((rule) => rule.port === undefined || rule.port === target.port);
  if (rules.some((rule) => holdsAddress(rule, address, kind))) return allowed;
  const named = rules.some((rule) => namesHost(rule, plainHost(target.host)));
  if (named && opensToNames.has(kind)) return allowed;
  if (kind !== 'public') return refuse(target, kind, `${address} is ${nouns[kind]}`);
  return policy.only ? notListed(target) : allowed;
}

const opensToNames: ReadonlySet<AddressKind> = new Set<AddressKind>(['public', 'loopback', 'private', 'shared']);

const metadataHosts: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
  'instance-data',
  'instance-data.ec2.internal',
]);

function namesHost(rule: AllowRule, host: string): boolean {
  if (rule.kind === 'host') return rule.host === host;
  return rule.kind === 'subdomains' && host.endsWith(`.${rule.of}`);
}

function holdsAddress(rule: AllowRule, text: string, kind: AddressKind): boolean {
  const address = parseAddress(text);
  if (rule.kind !== 'network' || !address) return false;
  const network = ipaddr.parse(rule.address);
  const whole = address.kind() === 'ipv4' ? 32 : 128;
  if (kind === 'metadata' && rule.prefix !== whole) return false;
  return network.kind() === address.kind() && address.match(network, rule.prefix);
}

/** Without an IPv6 address's brackets and a name's last dot. */
function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function notListed(target: EgressTarget): EgressVerdict {
  return refuse(target, 'notListed', 'the operator allows listed hosts only');
}

function refuse(target: EgressTarget, because: AddressKind | 'notListed' | 'noAddress', reason: string): EgressVerdict {
  return { kind: 'refused', because, message: `${target.host}:${target.port} may not be called: ${reason}` };
}

const nouns: Readonly<Record<AddressKind, string>> = {
  public: 'a public address',
  loopback: 'a loopback address',
  private: 'a private address',
  shared: 'an address behind carrier-grade NAT',
  linkLocal: 'a link-local address',
  metadata: "a cloud's metadata address",
  unspecified: 'the unspecified address',
  multicast: 'a multicast address',
  translated: 'an IPv4 address wrapped in IPv6',
  reserved: 'a reserved address',
};
