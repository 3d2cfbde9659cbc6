import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { aDirectory, runCommand, startCommand } from './a-process.ts';

/** With real processes: what a user and a supervisor see. */

const slow = `name: slow
nodes:
  - { id: first, type: function, handler: echo, input: 1 }
  - { id: nap, type: function, handler: sleep, input: { ms: 1500 }, dependsOn: [first] }
  - { id: last, type: function, handler: echo, input: "\${nodes.first.result}", dependsOn: [nap] }
`;

function fileWith(dir: string, name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

describe('start', () => {
  test('says first where it listens and where its store is; SIGTERM ends it with 0', async () => {
    using dir = aDirectory();
    const store = `sqlite:${join(dir.path, 'new', 'b.db')}`;
    const running = startCommand(['start', '--store', store], { PORT: '0' });
    const said = await running.whenOut('\n');
    expect(said).toMatch(/^breakwater listens on http:\/\/127\.0\.0\.1:\d+, store sqlite:.*b\.db\n$/);
    const [url] = /http:[^,]+/.exec(said)!;
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, out: said });
  });

  test('says through which Redis it shares its guards and why it can’t, and nobody the password', async () => {
    const env = { PORT: '0', BREAKWATER_STORE: 'memory', BREAKWATER_REDIS_URL: 'redis://:unspoken@127.0.0.1:1' };
    const running = startCommand(['start'], env);
    expect(await running.whenOut('\n')).toMatch(/, store memory, guards through redis:\/\/127\.0\.0\.1:1\n$/);
    running.child.kill('SIGTERM');
    const { out, err } = await running.ended;
    expect(err).toMatch(/guards go on without Redis: Redis at 127\.0\.0\.1:1 .*ECONNREFUSED/);
    expect(out + err).not.toContain('unspoken');
  });

  test('a job submitted before a kill goes on by itself after the next start', async () => {
    using dir = aDirectory();
    const file = fileWith(dir.path, 'slow.yaml', slow);
    const args = ['start', '--port', '0', '--store', `sqlite:${join(dir.path, 'b.db')}`];
    const first = startCommand(args);
    const url = /http:[^,]+/.exec(await first.whenOut('\n'))![0];
    const { out: jobId } = await runCommand(['submit', file, '--url', url]);
    first.child.kill('SIGKILL');
    await first.ended;

    const second = startCommand(args);
    const again = /http:[^,]+/.exec(await second.whenOut('\n'))![0];
    const watched = await runCommand(['watch', jobId.trim(), '--url', again]);
    second.child.kill('SIGTERM');
    await second.ended;
    expect(watched.code).toBe(0);
    expect(watched.out.match(/first succeeded/g)).toHaveLength(1);
  }, 20_000);

  test('what keeps it from starting is one sentence and 1', async () => {
    using dir = aDirectory();
    const notOurs = fileWith(dir.path, 'notes.db', 'this is no database at all, but a page of notes. '.repeat(50));
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const ends = await Promise.all([
      runCommand(['start', '--port', port, '--store', 'memory']),
      runCommand(['start', '--port', '0', '--store', `sqlite:${notOurs}`]),
      runCommand(['start', '--port', '0', '--store', `sqlite:${dir.path}`]),
    ]);
    taken.close();
    for (const { code, out, err } of ends) {
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/^breakwater: [^\n]+\n$/);
    }
    expect(ends.map(({ err }) => err).join()).toMatch(/is taken[\s\S]*no SQLite database[\s\S]*no file/);
  }, 20_000);

  test('a second engine on the same file refuses and says why', async () => {
    using dir = aDirectory();
    const args = ['start', '--port', '0', '--store', `sqlite:${join(dir.path, 'b.db')}`];
    const first = startCommand(args);
    await first.whenOut('\n');
    expect(await runCommand(args)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is open in another engine'),
    });
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
  }, 20_000);

  test('settings that make no sense are all named, with 2', async () => {
    const { code, err } = await runCommand(['start', '--store', 'wat'], { PORT: 'x' });
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^breakwater: --store: .*\nbreakwater: PORT: .*\n$/),
    });
  });
});

describe('run', () => {
  test('killed and started again, it goes on with the same job and repeats nothing that was done', async () => {
    using dir = aDirectory();
    const file = fileWith(dir.path, 'slow.yaml', slow);
    const env = { XDG_DATA_HOME: dir.path };
    const first = startCommand(['run', file, '--json'], env);
    await first.whenErr('1 of 3');
    first.child.kill('SIGKILL');
    await first.ended;

    const second = await runCommand(['run', file, '--json'], env);
    expect(second.err).toContain('going on with job');
    expect(second.code).toBe(0);
    const { state, nodes } = JSON.parse(second.out.trim().split('\n').at(-1)!) as {
      state: string;
      nodes: { id: string; attempts: number }[];
    };
    expect(state).toBe('completed');
    expect(nodes.map(({ id, attempts }) => [id, attempts])).toEqual([
      ['first', 1],
      ['nap', 2],
      ['last', 1],
    ]);
  }, 20_000);

  test('SIGINT stops it in good order: 130, and how to go on', async () => {
    using dir = aDirectory();
    const file = fileWith(dir.path, 'wait.yaml', 'name: w\nnodes: [{ id: approval, type: signal }]\n');
    const store = `sqlite:${join(dir.path, 'r.db')}`;
    const running = startCommand(['run', file, '--store', store]);
    await running.whenErr('0 of 1');
    running.child.kill('SIGINT');
    const { code, err } = await running.ended;
    expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining('the same command goes on with it') });
    const answered = await runCommand(['run', file, '--store', store, '--signal', 'approval=true']);
    expect(answered).toMatchObject({ code: 0, err: expect.stringContaining('going on with job') });
  }, 20_000);

  test('handlers come from a module in TypeScript', async () => {
    using dir = aDirectory();
    const handlers = fileWith(
      dir.path,
      'mine.ts',
      'export const add = ({ a, b }: { a: number; b: number }): number => a + b;',
    );
    const job = fileWith(
      dir.path,
      'j.yaml',
      'name: j\nnodes: [{ id: s, type: function, handler: add, input: { a: 1, b: 2 } }]',
    );
    expect((await runCommand(['run', job, '--store', 'memory', '--handlers', handlers])).code).toBe(0);
    const { code, err } = await runCommand(['run', job, '--store', 'memory', '--handlers', join(dir.path, 'no.ts')]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^breakwater: The handlers .* cannot be found/),
    });
  }, 20_000);

  test('a reader that has gone is no failure to cry about', async () => {
    using dir = aDirectory();
    const file = fileWith(dir.path, 'j.yaml', slow);
    const running = startCommand(['validate', file]);
    running.child.stdout!.destroy();
    expect((await running.ended).err).toBe('');
  });

  test('a directory that cannot be written is told in a sentence', async () => {
    using dir = aDirectory();
    const file = fileWith(dir.path, 'j.yaml', slow);
    chmodSync(dir.path, 0o500);
    const target = process.getuid?.() === 0 ? '/sys/nowhere/b.db' : join(dir.path, 'b.db');
    const { code, err } = await runCommand(['run', file, '--store', `sqlite:${target}`]);
    chmodSync(dir.path, 0o700);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^breakwater: The store .* cannot be written[^\n]*\n$/),
    });
  });
});
