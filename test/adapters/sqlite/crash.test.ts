import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSqliteStore } from '../../../shared/adapters/sqlite/job-store.ts';
import { aJob } from '../../support/a-job.ts';

describe('J8: the SQLite store of a process that is killed', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'breakwater-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Lets a process commit until it has acknowledged `enough` versions, then kills it. Returns the last version it acknowledged of each job. */
  async function commitAndKill(path: string, enough: number): Promise<Map<string, number>> {
    const script = join(import.meta.dirname, 'commit-until-killed.ts');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, path]);
    let said = '';
    let complaint = '';
    child.stderr.on('data', (text) => {
      complaint += text;
    });
    child.stdout.on('data', (text) => {
      said += text;
      if (said.split('\n').length > enough) child.kill('SIGKILL');
    });
    const [code] = await once(child, 'close');
    expect({ code, complaint }).toEqual({ code: null, complaint: '' });
    const whole = said.slice(0, said.lastIndexOf('\n'));
    return new Map(whole.split('\n').map((line) => [line.split(' ')[0]!, Number(line.split(' ')[1])]));
  }

  test('whatever was acknowledged is there, whole and with its audit, five times in a row', async () => {
    const path = join(directory, 'store.db');
    for (let round = 1; round <= 5; round++) {
      const acknowledged = await commitAndKill(path, 200 * round);
      const store = openSqliteStore(path);
      for (const [jobId, version] of acknowledged) {
        const job = (await store.load(jobId))!;
        expect(job.header.version).toBeGreaterThanOrEqual(version);
        const audit = await store.readAudit(jobId, 0, 100_000);
        expect(audit.map(({ seq }) => seq)).toEqual(Array.from({ length: job.header.auditCount }, (_, at) => at + 1));
        expect(job.pages[0]?.nodes[0]).toMatchObject({ result: `version ${job.header.version} ${'x'.repeat(2_000)}` });
      }
      store.close();
      expect(acknowledged.size).toBe(8);
    }
  }, 60_000);

  test('what the WAL holds is there although the process died while carrying it over', async () => {
    const path = join(directory, 'half.db');
    const store = openSqliteStore(path);
    const jobs = Array.from({ length: 100 }, (_, at) => aJob(`job-${at}`).withInput('x'.repeat(10_000)).build());
    const old = readFileSync(path);
    await Promise.all(jobs.map((job) => store.create(job, [])));
    const wal = readFileSync(`${path}-wal`);
    store.close();
    const carried = readFileSync(path);
    expect(carried.length).toBeGreaterThan(old.length);
    writeFileSync(path, carried.subarray(0, old.length));
    writeFileSync(`${path}-wal`, wal);
    const again = openSqliteStore(path);
    for (const job of jobs) expect(await again.load(job.id)).toEqual(job);
    again.close();
  });
});
