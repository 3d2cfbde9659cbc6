import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AllowRule, parseAllowRules } from '../../../shared/policy/egress/index.ts';

describe('allow rules', () => {
  test.each<[string, AllowRule]>([
    ['api.example.com', { kind: 'host', host: 'api.example.com' }],
    [' API.Example.com. ', { kind: 'host', host: 'api.example.com' }],
    ['localhost', { kind: 'host', host: 'localhost' }],
    ['localhost:8080', { kind: 'host', host: 'localhost', port: 8080 }],
    ['bücher.example', { kind: 'host', host: 'xn--bcher-kva.example' }],
    ['*.example.com', { kind: 'subdomains', of: 'example.com' }],
    ['*.example.com:443', { kind: 'subdomains', of: 'example.com', port: 443 }],
    ['127.0.0.1:8081', { kind: 'network', address: '127.0.0.1', prefix: 32, port: 8081 }],
    ['10.0.0.0/8', { kind: 'network', address: '10.0.0.0', prefix: 8 }],
    ['10.0.0.0/8:443', { kind: 'network', address: '10.0.0.0', prefix: 8, port: 443 }],
    ['0.0.0.0/0', { kind: 'network', address: '0.0.0.0', prefix: 0 }],
    ['172.16.0.0/12', { kind: 'network', address: '172.16.0.0', prefix: 12 }],
    ['::1', { kind: 'network', address: '::1', prefix: 128 }],
    ['[::1]:8080', { kind: 'network', address: '::1', prefix: 128, port: 8080 }],
    ['fd00:1::/64', { kind: 'network', address: 'fd00:1::', prefix: 64 }],
  ])('%j is understood', (text, rule) => {
    expect(parseAllowRules([text])).toEqual({ kind: 'parsed', rules: [rule] });
  });

  test.each([
    ['', 'is empty'],
    ['http://localhost', 'is a URL'],
    ['example.com/path', 'is no network'],
    ['*', 'would allow everything'],
    ['api.*.com', 'has a star inside'],
    ['*example.com', 'has a star inside'],
    ['localhost:0', 'has the port `0`'],
    ['localhost:http', 'has the port `http`'],
    ['localhost:65536', 'has the port `65536`'],
    ['10.0.0.0/33', 'has the prefix length `33`; it is 0 to 32'],
    ['10.0.0.0/', 'has the prefix length ``'],
    ['10.1.2.3/8', 'has bits beyond its prefix; the network is `10.0.0.0/8`'],
    ['fd00:1::5/64', 'the network is `fd00:1:0:0:0:0:0:0/64`'],
    ['10.0.0/8', 'is no network'],
    ['127.1', 'is the address 127.0.0.1 in an unusual spelling'],
    ['0x7f.0.0.1', 'is the address 127.0.0.1 in an unusual spelling'],
    ['user@example.com', 'names no host'],
    ['exa mple.com', 'names no host'],
    ['-x.example.com', 'names no host'],
    ['[localhost]:80', 'has brackets'],
    ['fe80::1%eth0', 'names no host'],
    ['.', 'names no host'],
  ])('%j is refused and told why', (text, reason) => {
    const parsed = parseAllowRules([text]);
    expect(parsed).toEqual({ kind: 'refused', faults: [{ path: '[0]', message: expect.stringContaining(reason) }] });
  });

  test('every fault is named at once, each with its place', () => {
    const parsed = parseAllowRules(['*', 'localhost', '10.1.0.0/8']);
    expect(parsed.kind === 'refused' && parsed.faults.map(({ path }) => path)).toEqual(['[0]', '[2]']);
  });

  test('any text is either a rule or a fault', () => {
    const texts = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'[]:/*.-019afx%@') }));
    fc.assert(
      fc.property(texts, (text) => expect(['parsed', 'refused']).toContain(parseAllowRules([text]).kind)),
      { numRuns: 1_000 },
    );
  });
});
