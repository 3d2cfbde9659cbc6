import { writtenDuration } from '../../core/duration.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { fitted, type Paint } from './paint.ts';

/** A version of a policy as the API tells it. */
export interface PolicyView {
  readonly name: string;
  readonly version: number;
  readonly policy: JsonObject;
  readonly at: number;
  readonly by: string;
}

/** A line for each, no wider than the terminal. */
export function policyRows(policies: readonly PolicyView[], columns: number, paint: Paint): string[] {
  const width = Math.max(...policies.map(({ name }) => name.length));
  return policies.map(({ name, version, at, policy }) => {
    const changed = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
    const row = `${paint.bold(name.padEnd(width))}  ${String(version).padStart(3)}  ${paint.dim(changed)}  ${saysOf(policy)}`;
    return fitted(row, columns);
  });
}

/** One policy with all that it says. */
export function policyLines({ name, version, policy, at, by }: PolicyView, paint: Paint): string[] {
  const fields = Object.entries(policy);
  const width = Math.max(0, ...fields.map(([field]) => field.length));
  return [
    `${paint.bold(name)} version ${version}  ${paint.dim(`${new Date(at).toISOString()} by ${by}`)}`,
    ...fields.flatMap(([field, value]) =>
      partsOf(field, value).map((part, place) => `  ${(place === 0 ? field : '').padEnd(width)}  ${part}`),
    ),
    ...(fields.length === 0 ? ['  says nothing: all defaults hold'] : []),
  ];
}

function saysOf({ strategy = 'exponential', ...policy }: JsonObject): string {
  const rest = Object.entries(policy).map(([field, value]) => {
    const isCounted = Array.isArray(value) && value.some((each) => typeof each === 'object');
    return `${field} ${isCounted ? `(${value.length})` : textOf(field, value)}`;
  });
  return [String(strategy), ...rest].join(', ');
}

/** Rules have a line each. */
function partsOf(field: string, value: Json): string[] {
  const isOfObjects = Array.isArray(value) && value.some((each) => typeof each === 'object');
  return isOfObjects ? value.map((each) => JSON.stringify(each)) : [textOf(field, value)];
}

const durations: readonly string[] = ['delay', 'delays', 'maxDelay', 'maxElapsed', 'maxRetryAfter'];

function textOf(field: string, value: Json): string {
  if (Array.isArray(value)) return value.map((each) => textOf(field, each)).join(' ');
  if (typeof value === 'number' && durations.includes(field)) return writtenDuration(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
