import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteStore } from '../../../shared/adapters/sqlite/job-store.ts';
import { verifyStoredAudit } from '../../../shared/engine/verify-audit.ts';
import type { AuditVerdict } from '../../../shared/jobs/index.ts';
import { aSealedAudit } from '../../support/a-sealed-audit.ts';

describe('a hand in the store file', () => {
  const { job, commits } = aSealedAudit('engine-1', 60);
  let room: string;
  let path: string;

  beforeEach(async () => {
    room = mkdtempSync(join(tmpdir(), 'tampering-'));
    path = join(room, 'jobs.db');
    const store = openSqliteStore(path);
    await store.create(commits[0]!.after, commits[0]!.audit);
    for (const change of commits.slice(1)) await store.commit(change);
    store.close();
  });
  afterEach(() => rmSync(room, { recursive: true }));

  test('that altered nothing leaves the audit whole', async () => {
    expect(await verdictAfter('UPDATE job SET priority = priority')).toMatchObject({
      kind: 'whole',
      lines: job.header.auditCount,
    });
  });

  test.each<[string, string, Partial<AuditVerdict>]>([
    ['who paused it', `UPDATE audit_chunk SET lines = replace(lines, '"ann"', '"bob"')`, { because: 'sealDiffers' }],
    ['what failed', `UPDATE audit_chunk SET lines = replace(lines, 'the cup', 'the jug')`, { because: 'sealDiffers' }],
    ['the last lines', `UPDATE job SET audit = replace(audit, 'succeeded', 'skipped')`, { because: 'sealDiffers' }],
    ['a chunk, which it dropped', 'DELETE FROM audit_chunk WHERE last_seq < 100', { because: 'notInPlace', at: 1 }],
    ['the end, which it cut off', `UPDATE job SET audit = ''`, { because: 'endMissing' }],
    [
      'the seal that the job keeps',
      `UPDATE job SET header = json_set(header, '$.seal', 'AAAAAAAAAAAAAAAAAAAAAA')`,
      { because: 'endDiffers' },
    ],
    [
      'how many lines the job has told',
      `UPDATE job SET header = json_set(header, '$.auditCount', json_extract(header, '$.auditCount') - 1)`,
      { kind: 'broken' },
    ],
  ])('that altered %s is found out', async (_, sql, verdict) => {
    expect(await verdictAfter(sql)).toMatchObject({ kind: 'broken', ...verdict });
  });

  async function verdictAfter(sql: string): Promise<AuditVerdict | undefined> {
    const database = new DatabaseSync(path);
    expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
    database.close();
    const store = openSqliteStore(path);
    try {
      return await verifyStoredAudit(store, async () => {}, job.id);
    } finally {
      store.close();
    }
  }
});
