import { parseDuration } from '../../core/duration.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Step } from '../template/reference-text.ts';
import type { FaultList } from './fault.ts';
import { listOf } from './spec-sketch.ts';

/** Numbers of a retry policy that contradict each other, and fields that its strategy would not look at. */
export function addRetryFaults(retry: Json | undefined, steps: readonly Step[], faults: FaultList): void {
  if (!isJsonObject(retry)) return;
  addDelayFaults(retry, steps, faults);
  addStrategyFaults(retry, steps, faults);
  addRuleFaults(retry, steps, faults);
  if (retry['retryAfter'] === 'ignore' && retry['maxRetryAfter'] !== undefined)
    faults.add([...steps, 'maxRetryAfter'], 'means nothing with `retryAfter: ignore`');
}

function addDelayFaults(retry: JsonObject, steps: readonly Step[], faults: FaultList): void {
  const delay = readDuration(retry['delay']);
  const maxDelay = readDuration(retry['maxDelay']);
  const maxElapsed = readDuration(retry['maxElapsed']);
  // With jitter the first delay may be a short one.
  if (
    retry['strategy'] === 'fixed' &&
    (retry['jitter'] ?? 'none') === 'none' &&
    (maxElapsed ?? Infinity) <= (delay ?? 0)
  )
    faults.add(
      [...steps, 'maxElapsed'],
      `is ${maxElapsed} ms, and \`delay\` is ${delay} ms: no retry could begin in time`,
    );
  if (maxDelay === undefined) return;
  if (delay !== undefined && maxDelay < delay)
    faults.add([...steps, 'maxDelay'], `is ${maxDelay} ms, less than \`delay\`, ${delay} ms`);
  for (const [place, each] of listOf(retry['delays']).entries()) {
    const listed = readDuration(each);
    if (listed !== undefined && listed > maxDelay)
      faults.add([...steps, 'delays', place], `is ${listed} ms, more than \`maxDelay\`, ${maxDelay} ms`);
  }
}

/** Which strategies look at a field. */
const takenBy: Readonly<Record<string, readonly string[]>> = {
  delay: ['fixed', 'linear', 'exponential', 'fibonacci', 'circuit_breaker', 'adaptive'],
  factor: ['exponential'],
  delays: ['custom'],
  maxDelay: ['fixed', 'linear', 'exponential', 'fibonacci', 'custom', 'adaptive'],
  frozen: ['adaptive'],
};

function addStrategyFaults(retry: JsonObject, steps: readonly Step[], faults: FaultList): void {
  const { strategy = 'exponential', delays, jitter = 'none' } = retry;
  if (!isKnown(strategy)) return;
  for (const [field, strategies] of Object.entries(takenBy)) {
    if (retry[field] === undefined || strategies.includes(strategy)) continue;
    const taking = strategies.map((each) => `\`${each}\``).join(', ');
    faults.add([...steps, field], `means nothing with \`strategy: ${strategy}\`; it goes with ${taking}`);
  }
  if (strategy === 'custom' && delays === undefined)
    faults.add([...steps, 'delays'], 'is missing: `custom` takes its delays from it');
  if (strategy === 'immediate' && jitter !== 'none')
    faults.add([...steps, 'jitter'], 'means nothing with `strategy: immediate`: there is no delay to disturb');
  if (strategy === 'adaptive') addAdaptiveFaults(retry, steps, faults);
  if (jitter === 'decorrelated' && !['exponential', 'immediate', 'adaptive'].includes(strategy))
    faults.add(
      [...steps, 'jitter'],
      `is \`decorrelated\`, which grows by itself and goes with \`exponential\` only, not with \`${strategy}\``,
    );
}

function addAdaptiveFaults({ jitter, maxAttempts }: JsonObject, steps: readonly Step[], faults: FaultList): void {
  if (jitter !== undefined)
    faults.add(
      [...steps, 'jitter'],
      'means nothing with `strategy: adaptive`: each strategy that it chooses has its own',
    );
  if (maxAttempts === 1)
    faults.add([...steps, 'maxAttempts'], 'is 1: without a retry there is nothing for `adaptive` to choose');
}

function isKnown(strategy: Json): strategy is string {
  return (
    strategy === 'immediate' || Object.values(takenBy).some((strategies) => strategies.some((s) => s === strategy))
  );
}

function addRuleFaults(retry: JsonObject, steps: readonly Step[], faults: FaultList): void {
  const maxDelay = readDuration(retry['maxDelay']) ?? Infinity;
  for (const [place, rule] of listOf(retry['rules']).entries()) {
    if (!isJsonObject(rule)) continue;
    const here = [...steps, 'rules', place];
    const { on, delay } = rule;
    if (isJsonObject(on) && Object.keys(on).length === 0)
      faults.add([...here, 'on'], 'must name a `code`, a `status` or a `name`');
    if (delay === undefined) continue;
    if (rule['retry'] === false) faults.add([...here, 'delay'], 'means nothing with `retry: false`');
    const ms = readDuration(delay);
    if (ms !== undefined && ms > maxDelay)
      faults.add([...here, 'delay'], `is ${ms} ms, more than \`maxDelay\`, ${maxDelay} ms`);
  }
}

function readDuration(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseDuration(value) : undefined;
}
