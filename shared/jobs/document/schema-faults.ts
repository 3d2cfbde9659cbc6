import type * as z from 'zod';
import type { Json } from '../../core/json.ts';
import type { Step } from '../template/reference-text.ts';
import type { FaultList } from './fault.ts';
import { didYouMean } from './suggestion.ts';

type Issue = z.core.$ZodIssue;

/** What the schema found, in our words. The schemas' own sentences are kept where they say something about our fields. */
export function addSchemaFaults(issues: readonly Issue[], value: Json, way: readonly Step[], faults: FaultList): void {
  for (const issue of issues) {
    const steps = [...way, ...(issue.path as Step[])];
    if (issue.code === 'unrecognized_keys') addUnknownFields(issue, steps, faults);
    else faults.add(steps, () => messageOf(issue, valueAt(value, issue.path as Step[])));
  }
}

function addUnknownFields(
  issue: Extract<Issue, { code: 'unrecognized_keys' }>,
  steps: readonly Step[],
  faults: FaultList,
): void {
  const messages = issue.message.split('\n');
  for (const [place, key] of issue.keys.entries()) faults.add([...steps, key], messages[place]!);
}

function messageOf(issue: Issue, value: Json | undefined): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined ? 'is missing' : `must be ${nameOfType(issue.expected)}, but is ${describe(value)}`;
    case 'invalid_value':
      return messageOfChoice(issue.values.map(String), value);
    case 'invalid_union':
      if ('options' in issue && issue.discriminator !== undefined)
        return messageOfChoice((issue.options as unknown[]).map(String), value);
      return value === undefined ? 'is missing' : `${issue.message}, but is ${describe(value!)}`;
    case 'too_small':
      return `must ${unitOf(issue.origin)} at least ${issue.minimum}${entriesOf(issue.origin)}`;
    case 'too_big':
      return `must ${unitOf(issue.origin)} at most ${issue.maximum}${entriesOf(issue.origin)}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

function messageOfChoice(options: readonly string[], value: Json | undefined): string {
  const all = options.map((option) => `\`${option}\``).join(', ');
  if (value === undefined) return `is missing; it is one of ${all}`;
  const hint = typeof value === 'string' ? didYouMean(value, options) : '';
  return `must be one of ${all}, but is ${describe(value)}${hint}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const nameOfType = (type: string) => typeNames[type] ?? type;

function describe(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

const unitOf = (origin: string) => (origin === 'string' || origin === 'array' ? 'have' : 'be');

function entriesOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function valueAt(document: Json, steps: readonly Step[]): Json | undefined {
  let here: Json | undefined = document;
  for (const step of steps)
    here = typeof here === 'object' && here !== null ? (here as Record<Step, Json>)[step] : undefined;
  return here;
}
