import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cleanEnvironment, watch } from './a-process.ts';

describe('the demo', () => {
  test('completes, with a retry, a choice, a map and a signal on the way, and sums up in plain lines', async () => {
    const entry = resolve(import.meta.dirname, '../../shared/wiring/demo/run.mjs');
    const argv = ['--disable-warning=ExperimentalWarning', entry];
    const { ended } = watch(
      spawn(process.execPath, argv, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    const { code, out, err } = await ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const said of [
      /risk chose review/,
      /authorise: attempt 1 failed/,
      /authorise succeeded with attempt 3/,
      /approval got its signal/,
      /payouts fans out over 24 items/,
      /nightly-settlement completed/,
      /nodes +7\d: /,
      /critical path/,
      /writes and .* reads a node/,
      /24 payouts/,
    ])
      expect(out).toMatch(said);
    expect(out).not.toContain('\u001b');
  }, 30_000);
});
