import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { aDirectory } from '../wiring/a-process.ts';

const root = resolve(import.meta.dirname, '../..');

/** A project with the examples of docs/errors.md in it, which import `breakwater` by its name. */
const program = `
import { openLocal } from './shared/wiring/local.ts';
import { loadHandlers } from './shared/wiring/load-handlers.ts';
import { parseJobSpec } from './shared/jobs/document/index.ts';
import { pauseOrder } from './pause-order.ts';

const handlers = await loadHandlers(import.meta.dirname + '/handlers.ts');
const common = { store: { kind: 'memory' }, allowHosts: [], concurrency: 1, leaseMs: 30_000, version: '0', report: console.error };
const { engine, close } = await openLocal({ ...common, handlers });
await engine.start();
const nodes = [{ id: 'pay', type: 'function', handler: 'charge', input: { card: 7 } }];
const { spec } = parseJobSpec({ name: 'order', nodes }, Date.now());
const { jobId } = await engine.submit(spec);
const { header } = await engine.whenEnded(jobId);
const lines = (await engine.readAudit(jobId, 0, 100)).filter(({ failure }) => failure && true);
const told = await pauseOrder(engine, jobId);
const unknown = await pauseOrder(engine, 'nobody').catch(({ name, code, jobId }) => ({ name, code, jobId }));
await engine.stop(0);
await close();
console.log(JSON.stringify({ jobId, failure: header.failure, lines, told, unknown }));
`;

test('the examples of docs/errors.md do what the page says', () => {
  using directory = aDirectory();
  const dir = directory.path;
  for (const name of ['shared', 'node_modules']) symlinkSync(join(root, name), join(dir, name));
  copyFileSync(join(root, 'package.json'), join(dir, 'package.json'));
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  for (const [, file, text] of page.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g))
    writeFileSync(join(dir, file!), text!);
  writeFileSync(join(dir, 'program.ts'), program);
  const launched = [join(root, 'shared/wiring/launch.mjs'), join(dir, 'program.ts')];
  const said = execFileSync(process.execPath, launched, { encoding: 'utf8' });
  const { jobId, failure, lines, told, unknown } = JSON.parse(said) as Record<string, never>;
  expect(failure).toMatchObject({ code: 'card_stolen', retryable: false, details: { card: 7 } });
  expect(lines).toMatchObject([
    { failure: { code: 'bank_closed', name: 'OrchestrationError', retryAfterMs: 20 }, to: 'retrying' },
    { because: 'nonRetryable', failure: { code: 'card_stolen' }, to: 'failed' },
    { event: 'ended' },
  ]);
  expect(told).toBe(`job_is_final: job \`${jobId}\` is failed; only a new run changes it`);
  expect(unknown).toEqual({ name: 'OrchestrationError', code: 'job_not_found', jobId: 'nobody' });
}, 30_000);
