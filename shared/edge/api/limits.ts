import { limits } from '../../jobs/index.ts';

/** The limits of the HTTP porch, each with its reason. */
export const apiLimits = {
  /** A job document may be as large as a spec; the rest is its line breaks and indentation. */
  jobBytes: limits.specBytes + 64 * 1024,
  /** Reading YAML takes about a second a MiB, and nothing else happens meanwhile; JSON takes a fiftieth of it. */
  yamlBytes: 1024 * 1024,
  /** A result, a signal's data or a failure, and the few fields around it. */
  valueBytes: limits.resultBytes + 16 * 1024,
  /** A value may be as deep as any of a job; it stands in a field of its document. */
  valueDepth: limits.valueDepth + 2,
  /** Items of a page: a page is one answer held in memory. */
  pageSize: 50,
  pageSizeMax: 200,
  /** Audit lines are short. */
  auditSize: 100,
  auditSizeMax: 1_000,
  /** Characters of a header or query value that we keep or echo. */
  valueChars: limits.nameChars,
  /** A store's page token holds a place in its list; we only hand it back. */
  pageTokenChars: 1_000,
  /** Faults named in one answer, with a last line for the rest; a broken generator makes thousands of the same. */
  errorsTold: 101,
  /** Names told in a sentence that says what would be known. */
  namesTold: 20,
  /** Breakers, and as many bulkheads, in an answer about health: it is held in memory, and a screen shows fewer. */
  guardsTold: 500,
  /** Event streams open at once: each holds a connection and a watcher. */
  streams: 500,
  /** Proxies close a connection that is silent for half a minute or a minute. */
  keepAliveMs: 15_000,
  /** How soon a client whose stream broke comes back. */
  reconnectMs: 1_000,
  /** Seconds after which a client should try again when the store does not answer. */
  retryAfterSeconds: 2,
} as const;
