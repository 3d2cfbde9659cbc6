import type { Clock } from '../../core/clock.ts';
import { parseDuration } from '../../core/duration.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { type AnswerHeaders, headerOf } from './answer.ts';

/**
 * How long a target asks not to be called again: `Retry-After` (RFC 9110, seconds or a date), or google.rpc.RetryInfo among the
 * details of an error of a Google API. Of both the longer one. What is neither is no wish.
 */
export function retryAfterMsOf(headers: AnswerHeaders, start: Buffer, clock: Pick<Clock, 'now'>): number | undefined {
  const header = headerOf(headers, 'retry-after');
  const wishes = [
    header === undefined ? undefined : waitOf(header.trim(), headerOf(headers, 'date'), clock),
    retryInfoOf(start),
  ].filter((each) => each !== undefined);
  return wishes.length === 0 ? undefined : Math.max(...wishes);
}

/** A date is compared with the answer's own date where it has one, so that no two clocks are mixed; else with ours. */
function waitOf(retryAfter: string, date: string | undefined, clock: Pick<Clock, 'now'>): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const at = timeOf(retryAfter);
  return at === undefined ? undefined : Math.max(0, at - ((date && timeOf(date)) || clock.now()));
}

/** The three forms of an HTTP date begin with the day of the week; the oldest names no zone and means GMT. */
function timeOf(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : at;
}

/** `{ error: { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '30s' }] } }`; streams wrap it into a list. */
function retryInfoOf(start: Buffer): number | undefined {
  if (!start.includes('google.rpc.RetryInfo')) return undefined;
  const answer = jsonOf(start);
  const error = fieldOf(Array.isArray(answer) ? answer[0] : answer, 'error');
  const details = fieldOf(error, 'details');
  if (!Array.isArray(details)) return undefined;
  const info = details.find((each) => String(fieldOf(each, '@type')).endsWith('/google.rpc.RetryInfo'));
  const delay = fieldOf(info, 'retryDelay');
  const delayMs = typeof delay === 'string' && delay.endsWith('s') ? parseDuration(delay) : undefined;
  return delayMs !== undefined && Number.isFinite(delayMs) ? Math.ceil(delayMs) : undefined;
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

function jsonOf(text: Buffer): Json | undefined {
  try {
    return JSON.parse(text.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}
