import { describe, expect, test } from '@jest/globals';
import { judgeAddress, judgeTarget, parseAllowRules } from '../../../shared/policy/egress/index.ts';

const verdictOn = (url: string, at: string | undefined, allow: string[] = [], only = false) => {
  const parsed = parseAllowRules(allow);
  if (parsed.kind === 'refused') throw new Error(parsed.faults[0]!.message);
  const { hostname: host, protocol, port } = new URL(url);
  const target = { host, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  const policy = { allow: parsed.rules, only };
  const verdict = at === undefined ? judgeTarget(policy, target) : judgeAddress(policy, target, at);
  return verdict.kind === 'allowed' ? 'allowed' : verdict.because;
};

describe('without rules', () => {
  test('public addresses may be called and no others', () => {
    expect(verdictOn('https://example.com', '93.184.216.34')).toBe('allowed');
    expect(verdictOn('https://example.com', '10.0.0.1')).toBe('private');
    expect(verdictOn('https://example.com', '::ffff:93.184.216.34')).toBe('translated');
    expect(verdictOn('https://example.com', 'nonsense')).toBe('noAddress');
  });

  test.each([
    ['http://127.0.0.1', 'loopback'],
    ['http://127.1', 'loopback'],
    ['http://2130706433', 'loopback'],
    ['http://0x7f000001', 'loopback'],
    ['http://0177.0.0.1', 'loopback'],
    ['http://127.0.0.1.', 'loopback'],
    ['http://①②⑦.0.0.1', 'loopback'],
    ['http://[::1]', 'loopback'],
    ['http://[::ffff:127.0.0.1]', 'translated'],
    ['http://[::ffff:7f00:1]', 'translated'],
    ['http://[::127.0.0.1]', 'reserved'],
    ['http://0', 'unspecified'],
    ['http://[::]', 'unspecified'],
    ['http://169.254.169.254', 'metadata'],
    ['http://2852039166', 'metadata'],
    ['http://0xa9.0xfe.0xa9.0xfe', 'metadata'],
    ['http://[fd00:ec2::254]', 'metadata'],
    ['http://[fe80::1]', 'linkLocal'],
  ])('%s is seen through whatever its spelling', (url, because) => {
    expect(verdictOn(url, undefined)).toBe(because);
  });

  test.each(['http://metadata.google.internal', 'http://METADATA.google.internal.', 'http://metadata'])(
    '%s is not even looked up',
    (url) => {
      expect(verdictOn(url, undefined)).toBe('metadata');
    },
  );
});

describe('rules', () => {
  test('a network rule opens its addresses to every name, and nothing beside them', () => {
    expect(verdictOn('http://db.example.com', '10.1.2.3', ['10.0.0.0/8'])).toBe('allowed');
    expect(verdictOn('http://db.example.com', '11.1.2.3', ['10.0.0.0/8'])).toBe('allowed');
    expect(verdictOn('http://db.example.com', '192.168.0.1', ['10.0.0.0/8'])).toBe('private');
    expect(verdictOn('http://db.example.com', 'fd00::1', ['10.0.0.0/8'])).toBe('private');
    expect(verdictOn('http://db.example.com', 'fd00::1', ['fd00::/8'])).toBe('allowed');
  });

  test('a port in a rule is the only port that it opens', () => {
    expect(verdictOn('http://127.0.0.1:8081', undefined, ['127.0.0.1:8081'])).toBe('allowed');
    expect(verdictOn('http://127.0.0.1:8082', undefined, ['127.0.0.1:8081'])).toBe('loopback');
    expect(verdictOn('https://localhost', '127.0.0.1', ['localhost:443'])).toBe('allowed');
    expect(verdictOn('http://localhost', '127.0.0.1', ['localhost:443'])).toBe('loopback');
  });

  test('a host rule opens the own networks to that host alone', () => {
    expect(verdictOn('http://localhost', '127.0.0.1', ['localhost'])).toBe('allowed');
    expect(verdictOn('http://localhost.', '::1', ['localhost'])).toBe('allowed');
    expect(verdictOn('http://evil.example', '127.0.0.1', ['localhost'])).toBe('loopback');
    expect(verdictOn('http://127.0.0.1', undefined, ['localhost'])).toBe('loopback');
  });

  test('a star stands for names below, at any depth, never for look-alikes', () => {
    expect(verdictOn('http://a.corp.example', '10.0.0.1', ['*.corp.example'])).toBe('allowed');
    expect(verdictOn('http://a.b.corp.example', '10.0.0.1', ['*.corp.example'])).toBe('allowed');
    expect(verdictOn('http://corp.example', '10.0.0.1', ['*.corp.example'])).toBe('private');
    expect(verdictOn('http://evilcorp.example', '10.0.0.1', ['*.corp.example'])).toBe('private');
  });

  test("no host's DNS can open link-local or metadata addresses", () => {
    expect(verdictOn('http://a.corp.example', '169.254.1.1', ['*.corp.example'])).toBe('linkLocal');
    expect(verdictOn('http://a.corp.example', '169.254.169.254', ['*.corp.example', 'a.corp.example'])).toBe(
      'metadata',
    );
  });

  test('a metadata address is opened by itself only, never by a network around it', () => {
    expect(verdictOn('http://169.254.169.254', undefined, ['169.254.0.0/16', '0.0.0.0/0'])).toBe('metadata');
    expect(verdictOn('http://169.254.1.1', undefined, ['169.254.0.0/16'])).toBe('allowed');
    expect(verdictOn('http://[64:ff9b::a9fe:a9fe]', undefined, ['64:ff9b::/96'])).toBe('metadata');
    expect(verdictOn('http://169.254.169.254', undefined, ['169.254.169.254'])).toBe('allowed');
  });

  test('with only, public addresses need a rule, too', () => {
    expect(verdictOn('https://example.com', '93.184.216.34', [], true)).toBe('notListed');
    expect(verdictOn('https://example.com', '93.184.216.34', ['example.com'], true)).toBe('allowed');
    expect(verdictOn('https://example.com', '93.184.216.34', ['93.184.216.0/24'], true)).toBe('allowed');
    expect(verdictOn('https://example.com', '10.0.0.1', ['192.168.0.0/16'], true)).toBe('private');
  });

  test('with only, an unlisted name is not looked up unless a network could hold it', () => {
    expect(verdictOn('https://secret.evil.example', undefined, ['example.com'], true)).toBe('notListed');
    expect(verdictOn('https://secret.evil.example', undefined, ['10.0.0.0/8:80'], true)).toBe('notListed');
    expect(verdictOn('https://db.example', undefined, ['10.0.0.0/8'], true)).toBe('allowed');
  });
});
