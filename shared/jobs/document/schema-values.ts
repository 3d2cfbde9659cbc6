import * as z from 'zod';
import { parseDuration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import { limits } from '../limits.ts';
import { didYouMean } from './suggestion.ts';

/**
 * The small values that job documents are made of. Texts become numbers here, and a number stays as it is, so that what was parsed
 * once parses to the same again.
 */
const idForm = /^[A-Za-z0-9_.:#@+=~-]{1,200}$/;

/** No field beyond the shape's; one line for each that is there all the same, in their order. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  const error: z.core.$ZodErrorMap = (issue) => {
    if (issue.code !== 'unrecognized_keys') return undefined;
    const keys = issue['keys'] as readonly string[];
    return keys.map((key, place) => `is no field here${place < 20 ? didYouMean(key, known) : ''}`).join('\n');
  };
  return z.strictObject(shape, { error });
}

/** A list that is counted before anything in it is looked at. */
export function list<Item extends z.ZodType>(item: Item, most: number, least = 0) {
  return z.preprocess((value, context) => {
    if (!Array.isArray(value) || value.length <= most) return value;
    context.addIssue(`has ${value.length} entries; the most is ${most}`);
    return z.NEVER;
  }, z.array(item).min(least).max(most));
}

/** Where a list is asked for, one alone will do. */
export function oneOrSeveral<Item extends z.ZodType>(item: Item, what: string) {
  return z
    .union([item, z.array(item).min(1).max(listMax)], { error: `must be ${what}` })
    .transform((given) => (Array.isArray(given) ? given : [given]) as z.output<Item>[]);
}

/** Codes, names and rules: what a person writes and reads. */
const listMax = 100;

/** Named values, counted before any of them is looked at. */
export function entries<Key extends z.core.$ZodRecordKey, Value extends z.ZodType>(
  key: Key,
  value: Value,
  most: number,
) {
  return z.preprocess(
    (given, context) => {
      const count = typeof given === 'object' && given !== null ? Object.keys(given).length : 0;
      if (count <= most) return given;
      context.addIssue(`has ${count} entries; the most is ${most}`);
      return z.NEVER;
    },
    z.record(key, value),
  );
}

const listOfIds = z.array(z.string()).max(limits.nodesPerSpec);

export const ids = z.preprocess(stopAtFirstNonText, listOfIds);

/** Where a list of ids is asked for, one id alone will do. */
export const idOrIds = z.preprocess(
  stopAtFirstNonText,
  z
    .union([z.string(), listOfIds], { error: 'must be an id or a list of ids' })
    .transform((given) => (typeof given === 'string' ? [given] : given)),
);

/** In a list of ids the first entry that is no text speaks for all. */
function stopAtFirstNonText(value: unknown, context: z.core.$RefinementCtx): unknown {
  const wrong = Array.isArray(value) ? value.findIndex((each) => typeof each !== 'string') : -1;
  if (wrong === -1) return value;
  context.issues.push({ code: 'custom', input: value, path: [wrong], message: 'must be the id of a node' });
  return z.NEVER;
}

export const id = z
  .string()
  .regex(idForm, { error: 'must have 1 to 200 characters out of letters, digits and `_ . : # @ + = ~ -`' })
  .meta({ id: 'NodeId', description: 'Letters, digits and `_ . : # @ + = ~ -`' });

/** Without a space, which stands in the names of states that recovery sessions take by themselves. */
export const checkpointName = z
  .string()
  .regex(idForm, { error: 'must have 1 to 200 characters out of letters, digits and `_ . : # @ + = ~ -`' })
  .meta({ id: 'CheckpointName', description: 'Letters, digits and `_ . : # @ + = ~ -`' });

/** A name for people and for look-ups. */
export const label = z
  .string()
  .regex(/^[^\p{Cc}]{1,200}$/u, { error: 'must have 1 to 200 characters, none of them a control character' });

/** A name that something is looked up by; it is taken as it stands, without references. */
export const plainName = label.refine((name) => !name.includes('${'), { error: 'takes no references' });

export function isWebAddress(text: string): boolean {
  if (text.includes('${')) return /^(https?:\/\/|\$\{)/.test(text);
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

export const prose = z.string().max(10_000);

export const json = z
  .unknown()
  .check((context) => {
    const message = faultOfDepth(context.value as Json);
    if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
  })
  .meta({
    id: 'Value',
    description: 'Any JSON value; its texts may hold references such as `${nodes.extract.result.rows}`',
  });

/** What a map goes over. */
export const listOrTemplate = json.refine(
  (value) =>
    typeof value === 'string' ? value.includes('${') : Array.isArray(value) && value.length <= limits.itemsPerMap,
  { error: `must be a list of at most ${limits.itemsPerMap} entries, or a template that gives one` },
);

const durationHint = 'a number of milliseconds or a text like `250ms`, `30s`, `5m`, `1.5h`, `2d`';

export const pause = durationFrom(0);
export const span = durationFrom(Number.MIN_VALUE);

function durationFrom(leastMs: number) {
  return z
    .union([z.number(), z.string()], { error: `must be ${durationHint}` })
    .transform((given, context) => {
      const ms = typeof given === 'number' ? given : parseDuration(given);
      const fault = ms === undefined ? `must be ${durationHint}` : faultOfDuration(ms, leastMs);
      if (fault !== undefined) context.addIssue(fault);
      return ms ?? z.NEVER;
    })
    .meta({ description: 'Milliseconds, or a text like `250ms`, `30s`, `5m`, `1.5h`, `2d`' });
}

/** A delay that may come out of a reference. */
export const pauseOrTemplate = z
  .union([z.number(), z.string()], { error: `must be ${durationHint}, or a template` })
  .transform((given, context) => {
    if (typeof given === 'string' && given.includes('${')) return given;
    const ms = typeof given === 'number' ? given : parseDuration(given);
    const fault = ms === undefined ? `must be ${durationHint}, or a template` : faultOfDuration(ms, 0);
    if (fault !== undefined) context.addIssue(fault);
    return ms ?? z.NEVER;
  })
  .meta({ description: 'Milliseconds, a text like `90s`, or a template that gives one of them' });

function faultOfDuration(ms: number, leastMs: number): string | undefined {
  if (ms < 0) return 'must not be negative';
  if (ms < leastMs) return 'must be more than 0';
  return ms > limits.delayMs ? `must not be longer than ${limits.delayMs / 86_400_000} days` : undefined;
}

const timeHint = 'milliseconds since the epoch or an ISO 8601 text with its zone, like `2031-05-01T12:00:00Z`';

export const time = z
  .union([z.number(), z.string()], { error: `must be ${timeHint}` })
  .transform((given, context) => {
    const ms = readTime(given);
    if (ms === undefined) context.addIssue(`must be ${timeHint}`);
    return ms ?? z.NEVER;
  })
  .meta({ description: 'Milliseconds since the epoch, or an ISO 8601 text with its zone' });

const isoForm = /^\d{4}-\d{2}-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
/** The last moment that a Date can tell. */
const timeMax = 8_640_000_000_000_000;

/** Undefined for what is no time, 30 February included. */
export function readTime(given: unknown): number | undefined {
  if (typeof given === 'number') return Math.abs(given) <= timeMax ? given : undefined;
  const day = typeof given === 'string' ? isoForm.exec(given)?.[1] : undefined;
  if (day === undefined) return undefined;
  const date = new Date(`${(given as string).slice(0, 10)}T00:00:00Z`);
  const ms = Date.parse(given as string);
  return date.getUTCDate() === Number(day) && !Number.isNaN(ms) ? ms : undefined;
}

/** Values and conditions are walked recursively later on. */
export function faultOfDepth(value: Json): string | undefined {
  return isDeeper(value, limits.valueDepth) ? `is nested more than ${limits.valueDepth} deep` : undefined;
}

function isDeeper(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((each) => isDeeper(each, depth - 1));
}
