import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isRetryable, type ProblemCode, problems } from '../../shared/edge/api/problem.ts';
import { failureTable } from '../../shared/policy/retry/index.ts';

const root = resolve(import.meta.dirname, '../..');
const path = join(root, 'docs/errors.md');
const begin = '<!-- table of problems -->\n';
const end = '<!-- end of the table of problems -->';

describe('the page on errors', () => {
  test('shows the table of problems as the code has it (UPDATE_DOCS=1 writes it anew)', () => {
    const page = readFileSync(path, 'utf8');
    if (process.env['UPDATE_DOCS']) writeFileSync(path, withTable(page));
    expect(readFileSync(path, 'utf8')).toBe(withTable(page));
  });

  test('has every code that an error, a failure or a problem is made with, here or in the table of failures', () => {
    const known = new Set([...codesOnPage(), ...failureTable.flatMap(({ of }) => of.map(String))]);
    const made = codesMade();
    expect(made.length).toBeGreaterThan(60);
    expect(made.filter(({ code }) => !known.has(code) && !elsewhere.has(code))).toEqual([]);
  });

  test('names no code that nothing is made with', () => {
    const text = sources()
      .map(({ text: of }) => of)
      .join('\n');
    expect(codesOnPage().filter((code) => !text.includes(`'${code}'`) && !(code in problems))).toEqual([]);
  });
});

/** What is no code of an error, and what does not leave the place where it is made. */
const elsewhere: ReadonlySet<string> = new Set([
  // zod's names of faults.
  'custom',
  'unrecognized_keys',
  // Of a handler that is built in to try things with, as its input asks for.
  'bad_input',
  // Caught where it is thrown.
  'refused',
  'queue_closed',
]);

function withTable(text: string): string {
  const rows = (Object.keys(problems) as ProblemCode[]).map((code) => {
    const { status, title, next } = problems[code];
    return `| \`${code}\` | ${status} | ${title} | ${next} | ${isRetryable(code) ? 'yes' : 'no'} |`;
  });
  const head = ['| code | status | what happened | what to do | retryable |', '| --- | --- | --- | --- | --- |'];
  const [before, rest = ''] = text.split(begin);
  return `${before}${begin}\n${[...head, ...rows].join('\n')}\n\n${end}${rest.split(end)[1]}`;
}

/** Of the first cell of every row. */
function codesOnPage(): readonly string[] {
  const rows = readFileSync(path, 'utf8').matchAll(/^\| (`[^|]*`)\s*\|/gm);
  return [...rows].flatMap(([, cell]) => [...cell!.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!));
}

const forms = [
  /\bCodedError\(\s*'(\w+)'/g,
  /\b(?:Orchestration|InvalidState|RetryPolicy|Recovery)Error\(\s*'(\w+)'/g,
  /\bcode: '(\w+)'/g,
  /\bfailed\(\s*'(\w+)'/g,
  /'(store_\w+)'/g,
];

function codesMade(): readonly { readonly code: string; readonly file: string }[] {
  return sources().flatMap(({ file, text }) =>
    forms.flatMap((form) => [...text.matchAll(form)].map(([, code]) => ({ code: code!, file }))),
  );
}

/** What a user runs: not the demo, the emulators or the fleet that they are tried with. */
function sources(): readonly { readonly file: string; readonly text: string }[] {
  return readdirSync(join(root, 'shared'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/^wiring\/(demo|emulators|fleet)\//.test(file))
    .map((file) => ({ file, text: readFileSync(join(root, 'shared', file), 'utf8') }));
}
