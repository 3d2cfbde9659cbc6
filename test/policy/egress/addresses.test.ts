import { BlockList } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AddressKind, classifyAddress } from '../../../shared/policy/egress/index.ts';

const v4 = fc.ipV4();
const v6 = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((parts) => parts.map((part) => part.toString(16)).join(':'));

/** Node's own range arithmetic, so that the library's tables are checked by something that does not know them. */
const special = rangeList({
  ipv4: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
    '168.63.129.16/32',
  ],
  ipv6: ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
});
/** Given out, but to no service that anybody calls; open or closed is a matter of taste. */
const open = rangeList({
  ipv4: ['192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.175.48.0/24'],
  ipv6: ['2620:4f:8000::/48'],
});

describe('the kind of an address', () => {
  test.each<[AddressKind, string[]]>([
    [
      'public',
      [
        '8.8.8.8',
        '172.15.255.255',
        '172.32.0.0',
        '100.63.255.255',
        '100.128.0.0',
        '2606:4700::1111',
        '2a00:1450:4001::1',
      ],
    ],
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1', 'FD00::AB']],
    ['shared', ['100.64.0.1', '100.127.255.255']],
    ['linkLocal', ['169.254.0.1', '169.254.169.253', 'fe80::1', 'febf::1']],
    [
      'metadata',
      [
        '169.254.169.254',
        '169.254.170.2',
        'fd00:ec2::254',
        'fd00:0ec2:0:0:0:0:0:254',
        'fd20:ce::254',
        '100.100.100.200',
        '168.63.129.16',
      ],
    ],
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1']],
    [
      'translated',
      [
        '::ffff:127.0.0.1',
        '::ffff:8.8.8.8',
        '64:ff9b::7f00:1',
        '64:ff9b:1::1',
        '2002:7f00:1::',
        '2001:0:1::1',
        '::ffff:0:7f00:1',
      ],
    ],
    [
      'reserved',
      [
        '255.255.255.255',
        '240.0.0.1',
        '192.0.2.1',
        '198.18.0.1',
        '2001:db8::1',
        '100::1',
        '::7f00:1',
        '4000::1',
        'fec0::1',
      ],
    ],
  ])('%s', (kind, addresses) => {
    for (const address of addresses) expect([address, classifyAddress(address)]).toEqual([address, kind]);
  });

  test.each([
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '2001:0:4136:e378:8000:63bf:5601:5601',
  ])('the metadata address is known inside %s', (address) => expect(classifyAddress(address)).toBe('metadata'));

  test.each([
    'localhost',
    '127.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '2130706433',
    '127.0.0.1:80',
    '',
    ' 127.0.0.1',
    'fe80::1%eth0',
    '[::1]',
  ])('%j is no plain address', (text) => expect(classifyAddress(text)).toBeUndefined());

  test('an address is public exactly when no special range of the registries holds it', () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6, nearRanges(), nearRangesOfIpv6()), (address) => {
        const family = address.includes(':') ? 'ipv6' : 'ipv4';
        fc.pre(!open.check(address, family));
        expect([address, classifyAddress(address) === 'public']).toEqual([address, !special.check(address, family)]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('no IPv4 address gains anything by being wrapped in IPv6', () => {
    fc.assert(
      fc.property(v4, (address) => {
        const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const wrapped of [`::ffff:${hex}`, `64:ff9b::${hex}`, `2002:${hex}::`, `::ffff:0:${hex}`, `::${hex}`]) {
          expect([wrapped, classifyAddress(wrapped)]).not.toEqual([wrapped, 'public']);
        }
      }),
    );
  });
});

function nearRangesOfIpv6(): fc.Arbitrary<string> {
  const start = fc.constantFrom(
    '2001',
    '2001:1ff',
    '2001:200',
    '2001:db8',
    '2002',
    '3ffe',
    '3fff',
    '3fff:fff',
    '3fff:1000',
    '1fff',
    '2000',
    '4000',
    '64:ff9b',
    '0',
    'fe80',
    'fec0',
    'fd00',
    'ff00',
  );
  return fc.tuple(start, v6).map(([first, whole]) => [...first.split(':'), ...whole.split(':')].slice(0, 8).join(':'));
}

/** Uniform addresses seldom fall into small ranges or beside them. */
function nearRanges(): fc.Arbitrary<string> {
  const first = fc.constantFrom(
    0,
    9,
    10,
    11,
    100,
    126,
    127,
    128,
    168,
    169,
    172,
    192,
    198,
    203,
    223,
    224,
    239,
    240,
    255,
  );
  const second = fc.constantFrom(
    0,
    2,
    15,
    16,
    17,
    18,
    19,
    20,
    31,
    32,
    51,
    63,
    64,
    127,
    128,
    129,
    167,
    168,
    253,
    254,
    255,
  );
  const third = fc.constantFrom(0, 1, 2, 3, 99, 100, 101, 112, 113, 114, 129, 169);
  return fc.tuple(first, second, third, fc.constantFrom(0, 1, 16, 200, 254, 255)).map((parts) => parts.join('.'));
}

/** One list a family: a list takes IPv4 addresses for IPv6 ones, too. */
function rangeList(ranges: { ipv4: string[]; ipv6: string[] }) {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const range of ranges[family]) {
      const [address, prefix] = range.split('/') as [string, string];
      lists[family].addSubnet(address, Number(prefix), family);
    }
  }
  return { check: (address: string, family: 'ipv4' | 'ipv6') => lists[family].check(address, family) };
}
