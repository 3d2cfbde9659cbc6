import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { formatDuration } from '../../../shared/core/duration.ts';
import { routes } from '../../../shared/edge/api/routes/index.ts';
import { recoveryStates } from '../../../shared/edge/api/schemas/recovery.ts';
import { parseJobSpec } from '../../../shared/jobs/document/index.ts';
import { limits, periods } from '../../../shared/jobs/index.ts';
import { findingKinds, recoveryActions } from '../../../shared/policy/recovery/index.ts';
import { aPorch, claimed, type Porch, succeeded } from '../../edge/api/a-porch.ts';
import { runIn } from '../../edge/cli/a-world.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/policies/recovery.md'), 'utf8');

const blocks = (kind: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text!);

/** First cells of a table, without their quotes. */
function firstCells(head: string): readonly string[] {
  const table = page.slice(page.indexOf(`| ${head}`)).split('\n\n')[0]!;
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) => row.split('|')[1]!.replaceAll('`', '').trim());
}

const failure = { code: 'card_declined', message: 'no', retryable: false };

/** The job of the page, whose `charge` and `load` have failed: it has ended, or waits for an answer. */
async function theJob({ ends }: { readonly ends: boolean }): Promise<Porch> {
  const porch = aPorch();
  const { recovery: _, ...job } = parse(blocks('yaml')[0]!) as Record<string, unknown>;
  const rules = ends ? {} : { recovery: [{ on: 'card_declined', do: 'escalate' }] };
  await porch.submit({ ...job, ...rules });
  const failed = { kind: 'failed', attempt: 1, failure, chance: 0 } as const;
  if (ends) porch.happens('job-1', claimed(0), { ...failed, node: 0 });
  else porch.happens('job-1', claimed(0), succeeded(0), claimed(2), { ...failed, node: 2 });
  return porch;
}

describe('the page on recovery', () => {
  test('has the parts of every policy’s page', () => {
    const parts = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    const all = ['What for', 'Defaults', 'What it emits', 'State picture', 'Patterns', 'Anti-patterns'];
    expect(parts).toEqual(all);
  });

  test('names every finding and every action', () => {
    expect(firstCells('finding ')).toEqual(findingKinds.filter((kind) => kind !== 'none'));
    expect(firstCells('action ')).toEqual(recoveryActions);
  });

  test('draws the states that a session has', () => {
    const picture = blocks('mermaid')[0]!;
    const drawn = new Set([...picture.matchAll(/(\w+) -->|--> (\w+)/g)].map(([, from, to]) => from ?? to!));
    expect([...drawn].sort()).toEqual([...recoveryStates].sort());
  });

  test('tells numbers as they are', () => {
    expect([periods.tell, periods.tellMost].map(formatDuration)).toEqual(['30.00 s', '1 h 0 min']);
    expect(page).toContain('then after 30 s, 1 min, and ever more rarely');
    expect(page).toContain('an hour at most lies between');
    expect([limits.checkpointsKept, limits.capturesKept]).toEqual([20, 5]);
    expect(page).toContain('20 are kept, five of them by sessions');
  });

  test('has rules in its patterns and anti-patterns that are sound', () => {
    const rules = [...page.matchAll(/`(\{ on: .*? \})`/g)].map(([, text]) => parse(text!) as object);
    expect(rules.length).toBeGreaterThan(1);
    const nodes = [{ id: 'a', type: 'delay', delay: 1 }];
    for (const rule of rules)
      expect(parseJobSpec({ name: 'example', recovery: [rule], nodes }, 0)).toMatchObject({ kind: 'spec' });
  });

  test('shows bodies that the API takes', async () => {
    const bodies = blocks('json').map((text) => JSON.parse(text.replaceAll('"JOB"', '"job-1"')) as { job?: string });
    expect(bodies).toHaveLength(3);
    const told = [];
    for (const json of bodies) {
      const { ask } = await theJob({ ends: json.job !== undefined });
      const path = json.job === undefined ? '/api/v3/recoveries/job-1.r1/answer' : '/api/v3/recoveries';
      const { status, body } = await ask('POST', path, { json });
      told.push([status, body['code']]);
    }
    // Its rules are not those of the page: none is for what was found.
    expect(told).toEqual([
      [201, undefined],
      [409, 'no_rule_fits'],
      [200, undefined],
    ]);
  });

  test('names addresses that there are', () => {
    const known = new Set(routes.map(({ method, path }) => `${method} ${path.replace('/api/v3', '')}`));
    const told = firstCells('address ').flatMap((cell) => {
      const [first = '', ...more] = cell.split(', ');
      const [method, path] = first.split(' ');
      const others = more.map((each) =>
        each.startsWith('/') ? `${method} ${siblingOf(path!, each)}` : `${each} ${path}`,
      );
      return [first, ...others];
    });
    expect(told.length).toBeGreaterThan(8);
    expect(told.filter((each) => !known.has(each))).toEqual([]);
  });

  test('shows commands that do what is said of them', async () => {
    const commands = blocks('sh').flatMap((text) => text.trimEnd().split('\n'));
    const codes: number[] = [];
    for (const command of commands) {
      const porch = await theJob({ ends: !/JOB\.r1|checkpoint|restore/.test(command) });
      if (command.includes(' restore ')) {
        await porch.ask('POST', '/api/v3/jobs/job-1/checkpoints', { json: { name: 'before-noon' } });
        await porch.ask('POST', '/api/v3/recoveries/job-1.r1/cancel');
      }
      const words = command
        .replace(/ +#.*$/, '')
        .replaceAll('JOB', 'job-1')
        .match(/'[^']*'|\S+/g)!;
      const args = words.slice(2).map((word) => word.replaceAll("'", '').replace('charge', nodeFor(command)));
      const fetch = (url: string, init: RequestInit) => porch.api.fetch(new Request(url, init));
      const { code, err } = await runIn({ fetch, clock: porch.clock }, ...args, '--url', 'http://127.0.0.1:8080');
      if (code !== 0) expect(err).toContain('possible now: retry, skip');
      codes.push(code);
    }
    expect(codes).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('names every line that recovery writes of its own', async () => {
    const seen = new Set<string>();
    for (const answers of [[], [{ action: 'retry' }], [{ action: 'restore' }]] as const) {
      const porch = await theJob({ ends: false });
      for (const json of answers) await porch.ask('POST', '/api/v3/recoveries/job-1.r1/answer', { json });
      await porch.ask('POST', '/api/v3/recoveries/job-1.r1/cancel');
      await porch.ask('POST', '/api/v3/recoveries', { json: { job: 'job-1', action: 'retry' } });
      const { body } = await porch.ask('GET', '/api/v3/jobs/job-1/audit');
      for (const { event, session } of body['lines'] as { event: string; session?: string }[])
        if (session !== undefined && /^(recovery|checkpointed|restored|reset|escalation)/.test(event)) seen.add(event);
    }
    expect([...seen].sort()).toEqual(
      expect.arrayContaining(['recoveryActed', 'recoveryAnswered', 'recoveryCancelled']),
    );
    expect([...seen].filter((event) => !page.includes(`\`${event}\``))).toEqual([]);
  });
});

/** `/progress` stands for `…/progress` of the address before it. */
function siblingOf(path: string, ending: string): string {
  return /\/(?:answer)$/.test(path) ? path.replace(/\/\w+$/, ending) : `${path}${ending}`;
}

/** What has failed of a job that has ended is another node than that of one that waits. */
function nodeFor(command: string): string {
  return command.includes(' recover ') ? 'load' : 'charge';
}
