import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { serveRequests } from '../../shared/wiring/doors/serve-requests.ts';
import { aDoor } from '../doors/a-door.ts';
import { aDirectory, runCommand, startCommand } from './a-process.ts';

const job = 'name: x\nnodes:\n  - { id: a, type: function, handler: noop, retry: careful }\n';

test('policies outlive the engine that they were given to, and a run on its store finds them', async () => {
  using dir = aDirectory();
  const [store, policy, file] = ['b.db', 'careful.yaml', 'x.yaml'].map((name) => join(dir.path, name));
  writeFileSync(policy!, 'maxAttempts: 7\n');
  writeFileSync(file!, job);
  const engine = startCommand(['start', '--store', `sqlite:${store}`, '--port', '0']);
  const [url] = /http:\/\/[\d.:]+/.exec(await engine.whenOut('\n'))!;
  const put = await runCommand(['policies', 'put', 'careful', policy!, '--url', url]);
  expect(put).toMatchObject({ code: 0, out: 'careful version 1\n' });
  engine.child.kill('SIGKILL');
  await engine.ended;
  expect(await runCommand(['run', file!, '--store', `sqlite:${store}`])).toMatchObject({ code: 0 });
  const elsewhere = await runCommand(['run', file!], { XDG_DATA_HOME: dir.path, HOME: dir.path });
  expect(elsewhere).toMatchObject({
    code: 2,
    err: expect.stringContaining('run it with --store on the store that has'),
  });
}, 30_000);

test('the API behind a door has the policies of its store', async () => {
  const held = await aDoor(serveRequests);
  try {
    const post = (path: string, body: object) =>
      held.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await post('/api/v3/retry-policies', { name: 'careful', policy: { maxAttempts: 7 } })).status).toBe(201);
    expect(await held.production.policies.get('retry', 'careful')).toMatchObject({ version: 1 });
    const nodes = [
      { id: 'a', type: 'signal' },
      { id: 'b', type: 'function', handler: 'noop', retry: 'careful' },
    ];
    const answer = await post('/api/v3/jobs', { name: 'x', nodes });
    const { jobId } = (await answer.json()) as { jobId: string };
    const stored = await held.store.load(jobId);
    expect(stored?.spec.nodes[1]?.retry).toEqual({ maxAttempts: 7, policy: { name: 'careful', version: 1 } });
  } finally {
    await held.close();
  }
});
