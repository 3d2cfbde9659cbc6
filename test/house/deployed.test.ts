import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');
const textOf = (file: string) => readFileSync(resolve(root, file), 'utf8');

/** Of the patterns that `.gcloudignore` may hold, those that ours does: names at the root, names anywhere, and endings. */
function isLeftOut(name: string): boolean {
  const patterns = textOf('.gcloudignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return patterns.some((pattern) => {
    const bare = pattern
      .replace(/^\/|\/$/g, '')
      .replaceAll('.', '\\.')
      .replaceAll('*', '.*');
    return new RegExp(`^${bare}$`).test(name);
  });
}

describe('what is deployed', () => {
  const { main, scripts } = JSON.parse(textOf('package.json')) as { main: string; scripts: Record<string, string> };

  test('is the bundle with its entrance and what names its packages', () => {
    expect(main).toBe('dist/index.js');
    expect(['dist', 'package.json', 'package-lock.json', 'handlers.mjs'].filter(isLeftOut)).toEqual([]);
  });

  test('has none of the sources, tests and docs in it', () => {
    const others = ['shared', 'functions', 'test', 'docs', 'node_modules', '.git', 'README.md', 'tsconfig.json'];
    expect(others.filter((name) => !isLeftOut(name))).toEqual([]);
  });

  test('is not built again where it is deployed: an empty `gcp-build` keeps the buildpack from `npm run build`', () => {
    expect(scripts['gcp-build']).toBe('');
  });

  test('runs on the oldest Node that the README promises for it', () => {
    const [, promised] = /Cloud Run function on Node (\d+) or newer/.exec(textOf('README.md')) ?? [];
    expect(textOf('shared/wiring/build.mjs')).toContain(`target: 'node${promised}'`);
    expect(textOf('README.md')).toContain(`--runtime=nodejs${promised}`);
  });
});
