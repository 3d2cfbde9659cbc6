import { formatDuration, writtenDuration } from '../../core/duration.ts';
import type { BreakerView } from '../../engine/guards/guards.ts';
import { whenText } from './notices.ts';
import { fitted, type Paint } from './paint.ts';

/** Breakers as a person on call reads them: what a caller meets, why, and until when. */

/** A line for each, no wider than the terminal. What is typed to act on it stands whole before all that may be cut. */
export function breakerRows(breakers: readonly BreakerView[], now: number, columns: number, paint: Paint): string[] {
  const width = nameWidth(breakers);
  return breakers.map((breaker) => {
    const { state, name } = breaker;
    const row = `${stateText(state, paint)}  ${paint.bold(name.padEnd(width))}  ${shortly(breaker, now)}`;
    return fitted(row.trimEnd(), columns);
  });
}

/** Longer ones stand out of the column rather than take the room of all others. */
const nameCharsMost = 36;

export function nameWidth(guards: readonly { readonly name: string }[]): number {
  return Math.min(nameCharsMost, Math.max(0, ...guards.map(({ name }) => name.length)));
}

/** One with all that is to be known of it. */
export function breakerLines(breaker: BreakerView, now: number, paint: Paint): string[] {
  const { name, state, own, scope, because, override, retryAt, calls, failures, slow, revision, spec } = breaker;
  return [
    `${paint.bold(name)}  ${stateText(state, paint).trimEnd()}`,
    ...(override
      ? [row('forced', `by ${override.by}, ${untilText(override.until, now)}: ${flat(override.reason)}`)]
      : []),
    ...(override ? [row('otherwise', own)] : [row('because', flat(because))]),
    ...(scope === 'instance' ? [row('', "this instance's own verdict; the fleet's is another")] : []),
    ...(retryAt !== undefined ? [row('probe', whenText(wholeSeconds(retryAt - now)))] : []),
    row('calls', `${calls} in the window of this instance, ${failures} failed${slow > 0 ? `, ${slow} slow` : ''}`),
    ...ruleLines(breaker),
    row(
      'said',
      revision === 0 ? 'nothing by an operator' : `revision ${revision}${spec ? `: ${JSON.stringify(spec)}` : ''}`,
    ),
  ];
}

export function row(name: string, text: string): string {
  return `  ${name.padEnd(10)} ${text}`;
}

export const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

function shortly({ override, calls, failures, because, retryAt, own, state }: BreakerView, now: number): string {
  if (override) return `${untilText(override.until, now)}, ${override.by}: ${flat(override.reason)}`;
  if (state === 'closed') return calls === 0 ? '' : `${failures} of ${calls} failed`;
  const probe = own === 'open' && retryAt !== undefined ? `probe ${whenText(wholeSeconds(retryAt - now))}: ` : '';
  return `${probe}${flat(because)}`;
}

const wholeSeconds = (ms: number): number => Math.max(0, Math.floor(ms / 1_000) * 1_000);

function untilText(until: number | undefined, now: number): string {
  return until === undefined ? 'until released' : `${formatDuration(wholeSeconds(until - now))} more`;
}

function ruleLines({ rules, failureRate, threshold }: BreakerView): string[] {
  const { failures, window, minimumCalls, slowRate, slowMs, early, openMs, openMsMost, probes, successes } = rules;
  const over = window.kind === 'time' ? `in ${writtenDuration(window.ms)}` : `of the last ${window.calls}`;
  const rate = failureRate ?? rules.failureRate;
  const opens = [
    ...(failures > 0 ? [`${failures} failures in a row`] : []),
    ...(rate === undefined ? [] : [`${percent(rate)} failed ${over}, of ${minimumCalls} or more`]),
    ...(slowRate === undefined ? [] : [`${percent(slowRate)} slower than ${writtenDuration(slowMs ?? 0)} ${over}`]),
    ...(early ? ['an outage that is evident'] : []),
  ];
  return [
    ...opens.map((text, place) => row(place === 0 ? 'opens at' : '', text)),
    // Of a rate that was said once and for all the line above has said all.
    ...(threshold === undefined || rules.adaptive === undefined ? [] : [row('', flat(threshold))]),
    row('is open', `${writtenDuration(openMs)}, then longer, up to ${writtenDuration(openMsMost)}`),
    row('closes at', `${successes} ${successes === 1 ? 'probe' : 'probes in a row'} that succeeded, ${probes} at once`),
  ];
}

const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

function stateText(state: BreakerView['state'], paint: Paint): string {
  const text = state.padEnd('forced_closed'.length);
  if (state === 'closed') return paint.good(text);
  return state === 'open' || state === 'forced_open' ? paint.bad(text) : paint.wait(text);
}
