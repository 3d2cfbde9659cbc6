import { isJsonObject, type Json } from '../../core/json.ts';
import type { Comparison, Condition } from '../spec.ts';
import { fillTemplate, type Scope } from './reference.ts';

/**
 * Whether a condition holds. Total: it never throws and always has an answer. A reference without a value is absent, and whatever is
 * compared with the absent is false, but for `exists: false` and `notEquals`. Several operators in one comparison must all hold.
 */
export function evaluate(condition: Condition, scope: Scope): boolean {
  if ('all' in condition) return condition.all.every((each) => evaluate(each, scope));
  if ('any' in condition) return condition.any.some((each) => evaluate(each, scope));
  if ('not' in condition) return !evaluate(condition.not, scope);
  return compare(condition, scope);
}

function compare(comparison: Comparison, scope: Scope): boolean {
  const value = filledValue(comparison.value, scope);
  if (comparison.exists !== undefined && comparison.exists !== (value !== undefined)) return false;
  for (const name of operatorNames) {
    const operand = comparison[name];
    if (operand === undefined) continue;
    if (!operators[name](value, filledValue(operand, scope))) return false;
  }
  return true;
}

type Operand = Json | undefined;

/** `exists` has no operand to fill and stands apart. */
const operators = {
  equals: isEqual,
  notEquals: (value: Operand, other: Operand) => !isEqual(value, other),
  gt: (value: Operand, other: Operand) => inOrder(other, value, false),
  gte: (value: Operand, other: Operand) => inOrder(other, value, true),
  lt: (value: Operand, other: Operand) => inOrder(value, other, false),
  lte: (value: Operand, other: Operand) => inOrder(value, other, true),
  in: (value: Operand, list: Operand) => holds(list, value),
  contains: (value: Operand, part: Operand) =>
    typeof value === 'string' ? typeof part === 'string' && value.includes(part) : holds(value, part),
  startsWith: (value: Operand, start: Operand) =>
    typeof value === 'string' && typeof start === 'string' && value.startsWith(start),
} as const;

const operatorNames = Object.keys(operators) as (keyof typeof operators)[];

function filledValue(template: Json, scope: Scope): Operand {
  const filled = fillTemplate(template, scope);
  return filled.kind === 'filled' ? filled.value : undefined;
}

/** Numbers by size, texts by their characters' codes; nothing else has an order. */
function inOrder(low: Operand, high: Operand, orEqual: boolean): boolean {
  if (typeof low === 'number' && typeof high === 'number') return low < high || (orEqual && low === high);
  if (typeof low === 'string' && typeof high === 'string') return low < high || (orEqual && low === high);
  return false;
}

function holds(list: Operand, value: Operand): boolean {
  return Array.isArray(list) && list.some((each: Json) => isEqual(each, value));
}

/** Deep and without recursion: a result may be nested deeper than the stack. The order of keys does not matter. */
function isEqual(one: Operand, other: Operand): boolean {
  if (one === undefined || other === undefined) return false;
  const pairs: [Operand, Operand][] = [[one, other]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [a, b] = pair;
    if (a === b) continue;
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length) return false;
      for (const [place, each] of a.entries()) pairs.push([each, b[place]]);
    } else if (isJsonObject(a) && isJsonObject(b)) {
      const keys = Object.keys(a);
      if (keys.length !== Object.keys(b).length || !keys.every((key) => Object.hasOwn(b, key))) return false;
      for (const key of keys) pairs.push([a[key], b[key]]);
    } else return false;
  }
  return true;
}
