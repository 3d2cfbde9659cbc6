import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  type BreakerOutcome,
  type BreakerSpec,
  breakerPresets,
  createBreaker,
  defaultPanicFloor,
  failuresUntilEvident,
  judgeFleet,
  record,
  resolveBreakerSpec,
  defaultBreakerRules as unlessSaid,
} from '../../shared/policy/breaker/index.ts';
import { parseGuards } from '../../shared/wiring/guards-file.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/policies/circuit-breaker.md'), 'utf8');

/** The rows of the table whose head begins so. */
function tableOf(head: string): string[][] {
  const [, ...lines] = page
    .slice(page.indexOf(`\n| ${head}`) + 1)
    .split(/\n(?!\|)/)[0]!
    .split('\n');
  return lines.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function rulesOf(spec: BreakerSpec) {
  const resolved = resolveBreakerSpec(spec);
  if (resolved.kind === 'faults') throw new Error(JSON.stringify(resolved.faults));
  return resolved.rules;
}

/** Why a breaker opens that these calls are told to. */
function becauseOf(spec: BreakerSpec, ...calls: readonly [BreakerOutcome, count: number, tookMs: number][]) {
  const breaker = createBreaker();
  for (const [outcome, count, tookMs] of calls)
    for (let call = 0; call < count; call++) record(breaker, rulesOf(spec), outcome, 0, () => 0.5, tookMs);
  return breaker.outage?.because;
}

describe('the page on circuit breakers', () => {
  test('shows the presets as they are', () => {
    const shown = tableOf('preset').map(([name, ...values]) => [name!.replaceAll('`', ''), ...values.map(Number)]);
    const are = Object.entries(breakerPresets).map(([name, { failures, openMs, successes, timeoutMs }]) => [
      name,
      failures,
      openMs,
      successes,
      timeoutMs,
    ]);
    expect(shown).toEqual(are);
  });

  test('shows every value that there is, with its default', () => {
    const shown = tableOf('value');
    const names = shown.flatMap(([name]) => name!.replaceAll('`', '').split(', '));
    const known = Object.keys(unlessSaid).filter((name) => name !== 'spreadMs');
    expect(names.sort()).toEqual([...known, 'preset'].sort());
    for (const [name, , said] of shown) {
      const is = unlessSaid[name!.replaceAll('`', '').split(', ')[0] as keyof typeof unlessSaid];
      const expected =
        typeof is === 'object' ? String((is as { ms: number }).ms) : is === undefined ? 'none' : String(is);
      expect([name, said!.startsWith(expected)]).toEqual([name, true]);
    }
    expect(page).toContain(`${defaultPanicFloor} in a group`);
  });

  test('shows files of guards that are sound', () => {
    const files = [...page.matchAll(/```yaml\n# guards\.yaml\n([\s\S]*?)```/g)].map(([, text]) => parse(text!));
    expect(files).toHaveLength(2);
    expect(files.map((file) => parseGuards(file)).filter(({ kind }) => kind === 'faults')).toEqual([]);
  });

  test('tells how many failures early detection needs', () => {
    const [half, tenth, nineTenths] = [0.5, 0.1, 0.9].map((rate) => failuresUntilEvident(rate));
    expect(page.replaceAll('\n', ' ')).toContain(
      `open after ${half} failures at a tolerated half, ${tenth} at a tenth, ${nineTenths} at nine tenths`,
    );
  });

  test('tells in the very words why a breaker opens', () => {
    const told = tableOf('because').map(([words]) => words!);
    const words = [
      becauseOf({}, ['failed', 5, 0]),
      becauseOf({ failures: 0, failureRate: 0.6 }, ['succeeded', 8, 0], ['failed', 12, 0]),
      becauseOf({ failures: 0, slowRate: 0.8, slowMs: 9 }, ['succeeded', 4, 0], ['succeeded', 16, 10]),
      becauseOf({ failures: 0, early: true }, ['failed', 32, 0]),
    ];
    for (const [at, each] of words.entries()) expect(told[at]).toBe(`\`${each}\``);
    const [run] = words;
    const instances = [3, 2, 2, 2].map((failures) => ({ calls: failures, failures, slow: 0, failuresInRow: failures }));
    expect(judgeFleet(instances, unlessSaid)).toEqual({
      opens: true,
      because: `${run!.replace('5', '9')} at 4 instances`,
    });
    expect(told.at(-1)).toContain('`at 4 instances`');
  });
});
