import { join, resolve } from 'node:path';
import { formatDuration, parseDuration } from '../core/duration.ts';
import { type AllowRule, parseAllowRules } from '../policy/egress/index.ts';

export type StoreChoice = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly path: string };

export type Parsed<T> = { readonly ok: T } | { readonly fault: string };

export interface Setting<T> {
  readonly variable: string;
  readonly meaning: string;
  /** What it is unless said, as one would write it. */
  usual(dataDir: string): string;
  parse(text: string): Parsed<T>;
  show(value: T): string;
}

export type Value<Name extends keyof typeof settings> = (typeof settings)[Name] extends Setting<infer T> ? T : never;

/** One entry for each thing that an operator can decide. A new one is one line here and one field in `Config`. */
export const settings = {
  store: setting(
    'BREAKWATER_STORE',
    'where jobs are kept',
    (dir) => storeText(defaultStore(dir)),
    parseStore,
    storeText,
  ),
  host: setting('BREAKWATER_HOST', 'address to listen on', () => '127.0.0.1', parseHost, String),
  port: setting('PORT', 'port to listen on', () => '8080', whole(0, 65_535), String),
  url: setting('BREAKWATER_URL', 'engine that commands speak to', () => 'http://127.0.0.1:8080', parseUrl, String),
  allowHost: setting(
    'BREAKWATER_ALLOW_HOSTS',
    'hosts that http nodes may call beside public ones',
    () => '',
    parseRules,
    showRules,
  ),
  concurrency: setting('BREAKWATER_CONCURRENCY', 'attempts under way at once', () => '1024', whole(1, 100_000), String),
  lease: setting(
    'BREAKWATER_LEASE',
    'how long a claim lasts without a sign of life',
    () => '30s',
    span(1_000),
    formatDuration,
  ),
  grace: setting(
    'BREAKWATER_GRACE',
    'how long attempts may go on when the engine stops',
    () => '10s',
    span(0),
    formatDuration,
  ),
  handlers: setting(
    'BREAKWATER_HANDLERS',
    'module with handlers',
    () => '',
    parseFile,
    (path) => path ?? '',
  ),
};

function setting<T>(
  variable: string,
  meaning: string,
  usual: (dataDir: string) => string,
  parse: (text: string) => Parsed<T>,
  show: (value: T) => string,
): Setting<T> {
  return { variable, meaning, usual, parse, show };
}

function defaultStore(dir: string): StoreChoice {
  return { kind: 'sqlite', path: join(dir, 'breakwater.db') };
}

export function storeText(store: StoreChoice): string {
  return store.kind === 'memory' ? 'memory' : `sqlite:${store.path}`;
}

function parseStore(text: string): Parsed<StoreChoice> {
  if (text === 'memory') return { ok: { kind: 'memory' } };
  const path = /^sqlite:(?!:memory:$)(.+)$/.exec(text)?.[1];
  if (path === undefined) return { fault: `is \`sqlite:PATH\` or \`memory\`, but not \`${text}\`` };
  return { ok: { kind: 'sqlite', path: resolve(path) } };
}

function parseHost(text: string): Parsed<string> {
  return /^[A-Za-z0-9._:-]{1,255}$/.test(text)
    ? { ok: text }
    : { fault: `is an address of this machine such as 127.0.0.1 or ::, but not \`${text}\`` };
}

function parseUrl(text: string): Parsed<string> {
  return /^https?:\/\//.test(text) && URL.canParse(text)
    ? { ok: text.replace(/\/+$/, '') }
    : { fault: `is an address such as http://127.0.0.1:8080, but not \`${text}\`` };
}

function parseRules(text: string): Parsed<readonly AllowRule[]> {
  const parsed = parseAllowRules(text.split(/[\s,]+/).filter((rule) => rule !== ''));
  return parsed.kind === 'parsed'
    ? { ok: parsed.rules }
    : { fault: parsed.faults.map(({ message }) => message).join('; ') };
}

function showRules(rules: readonly AllowRule[]): string {
  return rules.length === 0 ? '(none)' : rules.map(showRule).join(' ');
}

function showRule(rule: AllowRule): string {
  const port = rule.port === undefined ? '' : `:${rule.port}`;
  switch (rule.kind) {
    case 'host':
      return `${rule.host}${port}`;
    case 'subdomains':
      return `*.${rule.of}${port}`;
    case 'network':
      return `${rule.address.includes(':') && port !== '' ? `[${rule.address}]` : rule.address}/${rule.prefix}${port}`;
  }
}

function whole(least: number, most: number): (text: string) => Parsed<number> {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most
      ? { ok: number }
      : { fault: `is a whole number from ${least} to ${most}, but not \`${text}\`` };
  };
}

const hourMs = 3_600_000;

function span(leastMs: number): (text: string) => Parsed<number> {
  return (text) => {
    const ms = parseDuration(text);
    if (ms === undefined) return { fault: `is a duration such as 500ms, 30s or 5m, but not \`${text}\`` };
    return ms >= leastMs && ms <= hourMs
      ? { ok: ms }
      : { fault: `is a duration from ${formatDuration(leastMs)} to an hour, but not \`${text}\`` };
  };
}

function parseFile(text: string): Parsed<string | undefined> {
  return { ok: text === '' ? undefined : resolve(text) };
}
