/** Marks our files: `BRKW`. A SQLite file with another mark belongs to another program. */
export const applicationId = 0x42524b57;

/** One more with every change of the tables. A file of a newer one is refused, an older one is brought up to date when it is opened. */
export const schemaVersion = 4;

const policyTable = `
  CREATE TABLE policy (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    newest TEXT,
    earlier TEXT NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT;
`;

const countTable =
  'CREATE TABLE target_count (place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, slots TEXT NOT NULL) STRICT;';

const batchTables = `
  CREATE TABLE batch (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at REAL NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX batch_by_age ON batch (created_at, id);
  CREATE INDEX batch_running_by_age ON batch (created_at, id) WHERE state = 'running';
  CREATE TABLE batch_chunk (batch_id TEXT, no INTEGER, results TEXT NOT NULL, PRIMARY KEY (batch_id, no)) STRICT, WITHOUT ROWID;
`;

const recoveryTable = `
  CREATE TABLE recovery (
    id TEXT PRIMARY KEY,
    job_id TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at REAL NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX recovery_by_age ON recovery (started_at, id);
  CREATE INDEX recovery_by_job ON recovery (job_id, started_at, id);
  CREATE INDEX recovery_open_by_age ON recovery (started_at, id) WHERE state IN ('acting', 'escalated');
`;

const indexOfFailures =
  'CREATE INDEX job_by_failure ON job (failure_code, submitted_at, id) WHERE failure_code IS NOT NULL;';

const failureColumn = `
  ALTER TABLE job ADD COLUMN failure_code TEXT;
  UPDATE job SET failure_code = json_extract(header, '$.failure.code') WHERE state IN ('completed', 'failed', 'aborted');
  ${indexOfFailures}
`;

const guardTables = `
  CREATE TABLE guard (kind TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT;
  CREATE TABLE guard_line (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    at REAL NOT NULL,
    place TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, name, at, place)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE breaker_last (name TEXT PRIMARY KEY, at REAL NOT NULL, version INTEGER NOT NULL, transition_body TEXT) STRICT, WITHOUT ROWID;
`;

/** What makes of a file of the schema before one of this schema. */
export const changesOfSchema: Readonly<Record<number, string>> = {
  2: policyTable,
  3: countTable + failureColumn + batchTables + recoveryTable,
  4: guardTables,
};

/**
 * Made for few writes: a commit of a job of one page is one row. What never changes and is large (`spec`), what only some commits
 * touch (`page`), and what grows (`result`, `audit_chunk`) lie beside.
 *
 * A B-tree entry costs as much as a row, so no index holds anything that changes with every commit. `check_window` is
 * `next_check_at` rounded down to a window, so that it stays while the time moves within it. Of the indexes over times, one holds all
 * jobs, one those that have not ended, one those that ended badly: what lists ask for most.
 *
 * `policy.newest` is null once the name was deleted: what stays is its number. `target_count.place` is a new one with every write, so
 * that the rows are in the order in which they were last written. `breaker_last.transition_body` is null where the breaker was closed last.
 */
export const schema = `
  CREATE TABLE job (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    next_check_at REAL,
    check_window INTEGER,
    submitted_at REAL NOT NULL,
    ended_at REAL,
    priority INTEGER NOT NULL,
    name TEXT NOT NULL,
    failure_code TEXT,
    fingerprint TEXT NOT NULL,
    parent TEXT,
    idempotency_key TEXT,
    spec TEXT,
    header TEXT NOT NULL,
    nodes TEXT,
    audit TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX job_by_key ON job (idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX job_by_check ON job (check_window) WHERE check_window IS NOT NULL;
  CREATE INDEX job_by_age ON job (submitted_at, id);
  CREATE INDEX job_by_name ON job (name, submitted_at, id);
  CREATE INDEX job_open_by_age ON job (submitted_at, id) WHERE ended_at IS NULL;
  CREATE INDEX job_unhappy_by_age ON job (submitted_at, id) WHERE state IN ('failed', 'aborted');
  ${indexOfFailures}

  CREATE TABLE spec (job_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE page (job_id TEXT, no INTEGER, body TEXT NOT NULL, PRIMARY KEY (job_id, no)) STRICT, WITHOUT ROWID;
  CREATE TABLE result (job_id TEXT, node INTEGER, body TEXT NOT NULL, PRIMARY KEY (job_id, node)) STRICT, WITHOUT ROWID;
  CREATE TABLE audit_chunk (job_id TEXT, last_seq INTEGER, lines TEXT NOT NULL, PRIMARY KEY (job_id, last_seq)) STRICT, WITHOUT ROWID;
  ${policyTable}
  ${countTable}
  ${batchTables}
  ${recoveryTable}
  ${guardTables}
`;

const checkWindowMs = 10_000;

export const checkWindowOf = (at: number): number => Math.floor(at / checkWindowMs);
