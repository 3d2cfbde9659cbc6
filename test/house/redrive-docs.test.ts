import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { problems } from '../../shared/edge/api/problem.ts';
import { createProgram } from '../../shared/edge/cli/program.ts';
import type { World } from '../../shared/edge/cli/world.ts';
import { anEngine } from '../support/an-engine.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/redrive.md'), 'utf8');

describe('docs/redrive.md', () => {
  test('shows a job that fails for its input, and goes on with a corrected one', async () => {
    const calls: string[] = [];
    const { engine, clock, submit } = await anEngine({
      register: (each) => {
        for (const name of ['reserve', 'pay', 'ship'])
          each.registerHandler(name, (input, { idempotencyKey }) => {
            calls.push(idempotencyKey.replace(/^[^/]+\//, ''));
            if (name === 'pay' && (input as { iban: string }).iban === 'DE00') throw new Error('no such account');
          });
      },
    });
    const [, order] = /```yaml\n# order\.yaml\n([\s\S]*?)```/.exec(page)!;
    const [, input] = /--input '([^']+)'/.exec(page)!;
    const jobId = await submit(parse(order!));
    await clock.advance(1);
    expect((await engine.get(jobId))!.header.state).toBe('failed');
    await engine.redrive(jobId, { input: JSON.parse(input!) }, { by: 'ada' });
    await clock.advance(1);
    expect((await engine.get(jobId))!.header).toMatchObject({ state: 'completed', run: 2 });
    await engine.redrive(jobId, { nodes: ['reserve'] }, { by: 'ada' });
    await clock.advance(1);
    expect(calls).toEqual(['reserve', 'pay', 'pay', 'ship', 'reserve/1', 'pay/2', 'ship/1']);
    expect(page).toContain('`JOB/reserve/1`');
  });

  test('shows only options that there are, and all of them', () => {
    const silent = { write: () => {}, colour: false, live: false, columns: () => 80 };
    const world = { terminal: { out: silent, err: silent }, version: '0' } as unknown as World;
    const redrive = createProgram(world, () => {}).commands.find((each) => each.name() === 'redrive')!;
    const known = redrive.options.map(({ long }) => long!).filter((option) => option !== '--url');
    const shown = new Set(page.match(/--(?!yes)[a-z]+(?:-[a-z]+)*/g)?.filter((option) => option !== '--state'));
    expect([...shown].sort()).toEqual(known.sort());
  });

  test('names only problems that there are', () => {
    const [, refusals] = /## When it is refused\n([\s\S]*?)\n## /.exec(page)!;
    const codes = [...refusals!.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(5);
    expect(codes.filter((code) => !Object.hasOwn(problems, code))).toEqual([]);
  });
});
