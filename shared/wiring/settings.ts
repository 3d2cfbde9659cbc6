import { resolve } from 'node:path';
import { shardsMost } from '../adapters/firestore/layout.ts';
import { formatDuration, parseDuration } from '../core/duration.ts';
import { defaultBudgetRules } from '../policy/budget/index.ts';
import { type AllowRule, parseAllowRules } from '../policy/egress/index.ts';
import { defaultStore, parseStore, projectForm, storeText } from './store-choice.ts';

export type Parsed<T> = { readonly ok: T } | { readonly fault: string };

export interface Setting<T> {
  readonly variable: string;
  /** A name that Google's own tools give it; it counts where ours is not set. */
  readonly alias?: string;
  readonly meaning: string;
  /** What it is unless said, as one would write it. */
  usual(dataDir: string): string;
  parse(text: string): Parsed<T>;
  show(value: T): string;
}

export type Value<Name extends keyof typeof settings> = (typeof settings)[Name] extends Setting<infer T> ? T : never;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

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
  sweep: setting(
    'BREAKWATER_SWEEP',
    'how often an engine looks for what is late, and how soon it takes a message for lost',
    () => '5s',
    span(250, 60_000),
    formatDuration,
  ),
  retryBudgetShare: setting(
    'BREAKWATER_RETRY_BUDGET_SHARE',
    'retries that a target is given for each first attempt of the last minute',
    () => String(defaultBudgetRules.share),
    decimal(0, 100),
    String,
  ),
  retryBudgetFloor: setting(
    'BREAKWATER_RETRY_BUDGET_FLOOR',
    'retries a second that every target is given in any case',
    () => String(defaultBudgetRules.floor),
    decimal(0, 100_000),
    String,
  ),
  redis: setting(
    'BREAKWATER_REDIS_URL',
    'Redis or Memorystore, through which a fleet shares its guards',
    () => '',
    parseRedis,
    showRedis,
  ),
  guards: setting(
    'BREAKWATER_GUARDS',
    'file with breakers and bulkheads',
    () => '',
    parseFile,
    (path) => path ?? '',
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
  project: {
    ...setting(
      'BREAKWATER_PROJECT',
      'Google Cloud project',
      () => '',
      parseProject,
      (project) => project ?? '(none)',
    ),
    alias: 'GOOGLE_CLOUD_PROJECT',
  },
  retention: setting(
    'BREAKWATER_RETENTION',
    'how long Firestore keeps a finished job',
    () => '366d',
    span(dayMs, 10 * 366 * dayMs),
    (ms) => `${ms / dayMs} d`,
  ),
  sweepShards: setting(
    'BREAKWATER_SWEEP_SHARDS',
    "the part of Firestore's jobs to sweep",
    () => '',
    parseShards,
    showShards,
  ),
  requestTimeout: setting(
    'BREAKWATER_REQUEST_TIMEOUT',
    'how long a request to a function may take',
    () => '540s',
    span(1_000),
    formatDuration,
  ),
  firestoreHost: setting(
    'FIRESTORE_EMULATOR_HOST',
    "a Firestore emulator instead of Google's",
    () => '',
    parseEmulator,
    (host) => host ?? '(none)',
  ),
  pubsubHost: setting(
    'PUBSUB_EMULATOR_HOST',
    "a Pub/Sub emulator instead of Google's",
    () => '',
    parseEmulator,
    (host) => host ?? '(none)',
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

function parseRedis(text: string): Parsed<string | undefined> {
  if (text === '') return { ok: undefined };
  if (/^rediss?:\/\//.test(text) && URL.canParse(text) && new URL(text).hostname !== '') return { ok: text };
  return { fault: 'is an address such as redis://10.0.0.3:6379, or rediss://:PASSWORD@HOST:PORT with TLS' };
}

/** Without its password. */
function showRedis(text: string | undefined): string {
  if (text === undefined) return '(none)';
  const { protocol, host } = new URL(text);
  return `${protocol}//${host}`;
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

function decimal(least: number, most: number): (text: string) => Parsed<number> {
  return (text) => {
    const number = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most
      ? { ok: number }
      : { fault: `is a number from ${least} to ${most} such as 0.2, but not \`${text}\`` };
  };
}

function span(leastMs: number, mostMs: number = hourMs): (text: string) => Parsed<number> {
  const range = `from ${spanText(leastMs)} to ${spanText(mostMs)}`;
  return (text) => {
    const ms = parseDuration(text);
    if (ms === undefined) return { fault: `is a duration such as 500ms, 30s or 5m, but not \`${text}\`` };
    return ms >= leastMs && ms <= mostMs ? { ok: ms } : { fault: `is a duration ${range}, but not \`${text}\`` };
  };
}

function spanText(ms: number): string {
  if (ms === hourMs) return 'an hour';
  return ms >= dayMs ? `${ms / dayMs} d` : formatDuration(ms);
}

function parseProject(text: string): Parsed<string | undefined> {
  if (text === '' || projectForm.test(text)) return { ok: text === '' ? undefined : text };
  return { fault: `is a project's id such as my-project-1, but not \`${text}\`` };
}

function parseEmulator(text: string): Parsed<string | undefined> {
  if (text === '' || /^(?:[\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i.test(text)) return { ok: text === '' ? undefined : text };
  return { fault: `is a host and a port such as 127.0.0.1:8080, but not \`${text}\`` };
}

/** Undefined where all are swept. */
function parseShards(text: string): Parsed<readonly number[] | undefined> {
  if (text === '') return { ok: undefined };
  const ranges = text.split(/[\s,]+/).map((range): [number, number] => {
    const [, first, last = first] = /^(\d)(?:-(\d))?$/.exec(range) ?? [];
    return [Number(first), Number(last)];
  });
  const isAsked = (shard: number) => ranges.some(([first, last]) => first <= shard && shard <= last);
  // What is no range is NaN, and less than nothing.
  if (ranges.every(([first, last]) => first <= last && last < shardsMost))
    return { ok: [...Array(shardsMost).keys()].filter(isAsked) };
  return { fault: `is shards from 0 to ${shardsMost - 1} such as 0-3 or 0,1,2, but not \`${text}\`` };
}

function showShards(shards: readonly number[] | undefined): string {
  return shards?.join(',') ?? '(all)';
}

function parseFile(text: string): Parsed<string | undefined> {
  return { ok: text === '' ? undefined : resolve(text) };
}
