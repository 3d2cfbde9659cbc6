/** Marks our files: `BRKW`. A SQLite file with another mark belongs to another program. */
export const applicationId = 0x42524b57;

/** One more with every change of the tables. A file of a newer one is refused, an older one is brought up to date when it is opened. */
export const schemaVersion = 2;

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

/** What makes of a file of the schema before one of this schema. */
export const changesOfSchema: Readonly<Record<number, string>> = { 2: policyTable };

/**
 * Made for few writes: a commit of a job of one page is one row. What never changes and is large (`spec`), what only some commits
 * touch (`page`), and what grows (`result`, `audit_chunk`) lie beside.
 *
 * A B-tree entry costs as much as a row, so no index holds anything that changes with every commit. `check_window` is
 * `next_check_at` rounded down to a window, so that it stays while the time moves within it. Of the indexes over times, one holds all
 * jobs, one those that have not ended, one those that ended badly: what lists ask for most.
 *
 * `policy.newest` is null once the name was deleted: what stays is its number.
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

  CREATE TABLE spec (job_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE page (job_id TEXT, no INTEGER, body TEXT NOT NULL, PRIMARY KEY (job_id, no)) STRICT, WITHOUT ROWID;
  CREATE TABLE result (job_id TEXT, node INTEGER, body TEXT NOT NULL, PRIMARY KEY (job_id, node)) STRICT, WITHOUT ROWID;
  CREATE TABLE audit_chunk (job_id TEXT, last_seq INTEGER, lines TEXT NOT NULL, PRIMARY KEY (job_id, last_seq)) STRICT, WITHOUT ROWID;
  ${policyTable}
`;

const checkWindowMs = 10_000;

export const checkWindowOf = (at: number): number => Math.floor(at / checkWindowMs);
