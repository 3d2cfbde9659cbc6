import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

export const policyPage = (name: string): string => readFileSync(join(root, `docs/policies/${name}.md`), 'utf8');

/** Runs the first program of a policy's page, and what uses it, in a process of its own; gives the lines that it says. */
export function runPageExample(name: string, use: string): string[] {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(policyPage(name))!;
  const room = mkdtempSync(join(tmpdir(), 'policy-docs-'));
  const file = join(room, 'example.ts');
  writeFileSync(file, example!.replace("'breakwater'", JSON.stringify(join(root, 'shared/wiring/library.ts'))) + use);
  const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  rmSync(room, { recursive: true });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}
