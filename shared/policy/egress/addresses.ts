import ipaddr from 'ipaddr.js';

/** What an address leads to. Only `public` ones are called unless the operator says otherwise. */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  /** Carrier-grade NAT; clouds use it for their own services, too. */
  | 'shared'
  | 'linkLocal'
  | 'metadata'
  | 'unspecified'
  | 'multicast'
  /** IPv6 that carries an IPv4 address inside, and with it past any check of IPv4 ranges. */
  | 'translated'
  | 'reserved';

type Address = ReturnType<typeof ipaddr.parse>;

/** Undefined when the text is no address in its plain spelling: four decimal parts, or IPv6 without a zone. */
export function classifyAddress(text: string): AddressKind | undefined {
  const address = parseAddress(text);
  if (!address) return undefined;
  if (isMetadata(address)) return 'metadata';
  const kind = kindOfRange[address.range()] ?? 'reserved';
  return kind === 'public' && !isAssigned(address) ? 'reserved' : kind;
}

export function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return !text.includes('%') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

/** Ranges that are not here are `reserved`, so that a range which the library learns later is closed and not open. */
const kindOfRange: Readonly<Record<string, AddressKind>> = {
  unicast: 'public',
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'shared',
  linkLocal: 'linkLocal',
  unspecified: 'unspecified',
  multicast: 'multicast',
  ipv4Mapped: 'translated',
  rfc6145: 'translated',
  rfc6052: 'translated',
  '6to4': 'translated',
  teredo: 'translated',
};

/** Of IPv6 only 2000::/3 is given out as global unicast (RFC 4291, IANA's registry). */
function isAssigned(address: Address): boolean {
  return address.kind() === 'ipv4' || (address.toByteArray()[0]! & 0xe0) === 0x20;
}

/**
 * Where machines in clouds get credentials from: Google, AWS, Azure and most others; AWS for containers and pods; Google over IPv6;
 * AWS over IPv6, for pods too; Alibaba; Azure's wire server (a public address by number); Oracle's old one.
 */
const metadataAddresses: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd20:ce::254',
  'fd00:ec2::254',
  'fd00:ec2::23',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
]);

/** A gateway would lead on to the address inside, so a wrapped metadata address is one, too. */
function isMetadata(address: Address): boolean {
  if (metadataAddresses.has(address.toString())) return true;
  const inside = insideOf[address.range()]?.(address.toByteArray());
  return inside !== undefined && metadataAddresses.has(inside.join('.'));
}

const lastFour = (bytes: readonly number[]) => bytes.slice(12);
const insideOf: Readonly<Record<string, (bytes: readonly number[]) => readonly number[]>> = {
  ipv4Mapped: lastFour,
  rfc6145: lastFour,
  rfc6052: lastFour,
  '6to4': (bytes) => bytes.slice(2, 6),
  teredo: (bytes) => bytes.slice(12).map((byte) => byte ^ 0xff),
};
