import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createProgram } from '../../shared/edge/cli/program.ts';
import type { World } from '../../shared/edge/cli/world.ts';
import { type AuditLine, breakReasons } from '../../shared/jobs/index.ts';
import { aSealedAudit } from '../support/a-sealed-audit.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/audit.md'), 'utf8');
const room = mkdtempSync(join(tmpdir(), 'audit-docs-'));

afterAll(() => rmSync(room, { recursive: true }));

describe('docs/audit.md', () => {
  const { job, lines } = aSealedAudit();

  test('has a program that verifies an export by itself', () => {
    expect(verifyExport(lines)).toEqual({ status: 0, out: `${job.header.seal}\n`, err: '' });
    const altered = verifyExport(lines.with(0, { ...lines[0]!, by: 'nobody' }));
    expect(altered.status).toBe(1);
    expect(altered.err).toContain('the lines up to 3 are not those that were sealed');
  });

  test('names every reason for which an audit is broken', () => {
    expect(breakReasons.filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
  });

  test('shows only commands and options that there are', () => {
    const silent = { write: () => {}, colour: false, live: false, columns: () => 80 };
    const program = createProgram(
      { terminal: { out: silent, err: silent }, version: '0' } as unknown as World,
      () => {},
    );
    const audit = program.commands.find((each) => each.name() === 'audit')!;
    const known = [audit, ...audit.commands].flatMap(({ options }) => options.map(({ long }) => long));
    const shown = [...page.matchAll(/^npx breakwater audit .*$/gm)].flatMap(([line]) => line.match(/--[a-z]+/g) ?? []);
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.filter((option) => !known.includes(option))).toEqual([]);
  });

  function verifyExport(told: readonly AuditLine[]) {
    const [, program] = /```js\n([\s\S]*?)```/.exec(page)!;
    const file = join(room, 'verify-export.mjs');
    writeFileSync(file, program!);
    const input = told.map((line) => `${JSON.stringify(line)}\n`).join('');
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, job.id], { input, encoding: 'utf8' });
    return { status, out: stdout, err: stderr };
  }
});
