/** The limits of a job, each with its reason. A refusal names the limit and the number. */
export const limits = {
  /** A page of nodes is one stored document: 200 nodes with inline results stay under Firestore's 1 MiB. */
  nodesPerPage: 200,
  /** Nodes written in a spec. 10,000 parallel nodes and their join are 50 pages; beyond twice that, use child jobs. */
  nodesPerSpec: 20_000,
  /** Nodes of a job with the items that its maps added. */
  nodesPerJob: 50_000,
  /** Compensations of a job, over all its rollbacks: as many as it may have nodes. */
  compensationsPerJob: 50_000,
  /** Compensations that one audit line names: it must stay small enough to be stored with others. */
  compensationsPerLine: 100,
  /** Nodes that are handed out, claimed and told about together where several engines share a job: one message, one stored document. */
  nodesPerParcel: 100,
  /** Items of one map: one commit must be able to add them all. */
  itemsPerMap: 10_000,
  /** Text of a spec. One SQLite row or a few Firestore documents; what is larger belongs in a bucket. */
  specBytes: 8 * 1024 * 1024,
  /** A result, an input after its references are filled in, or a signal's data: it travels in every load of its job. */
  resultBytes: 1024 * 1024,
  /** Depth of a result or a filled-in input: nesting that grows from node to node must not exhaust a stack. */
  resultDepth: 500,
  /** All results of one job, since a job is loaded whole. */
  resultBytesPerJob: 64 * 1024 * 1024,
  /** Results up to here live in their page, larger ones in a record of their own, so that a page stays cheap to rewrite. */
  resultBytesInline: 1024,
  /** A failure's message; the rest is cut. */
  failureMessageChars: 2_000,
  /** A failure's details as JSON; larger ones are left out. They stand in an audit line, too. */
  failureDetailsBytes: 16 * 1024,
  /** Of a dead letter's text this much stays in the audit: within a failure's details, whatever characters it has. */
  letterChars: 2_000,
  /** A failure's code; the rest is cut. */
  failureCodeChars: 200,
  /** Attempts that a retry policy may ask for. */
  attemptsPerNode: 1_000,
  /** Leases that a node may lose before it is given up as one that kills its executors. */
  leaseLossesPerNode: 20,
  /** Signals kept for nodes that do not wait yet. */
  signalsKept: 100,
  /** Data of all signals kept: it lies in the header, which every commit writes anew. */
  signalBytesKept: 64 * 1024,
  /** Operators' requests that are known when they come again: they lie in the header, which every commit writes anew. */
  requestsKept: 50,
  /** States that a job can be restored to: each is a bit a node, and they lie in the header, which every commit writes anew. */
  checkpointsKept: 20,
  /** Of these, states that recovery sessions took before they acted. */
  capturesKept: 5,
  /** Nodes of a spec that take a checkpoint: each looks at every node of its job. */
  checkpointNodes: 100,
  /** Nodes that a recovery session names, and steps that it tells: the audit has them all. */
  recoveryNodesTold: 100,
  recoveryStepsKept: 20,
  /** Rules of a recovery policy. */
  recoveryRules: 50,
  /** Job within job within job. */
  childDepth: 8,
  /** Characters of an id or a name; they stand in URLs, log lines and index entries. */
  nameChars: 200,
  /** Depth of a condition or an input: it is walked recursively. */
  valueDepth: 64,
  /** Longest delay, timeout or deadline: one year, as long as a finished job can be called back. */
  delayMs: 366 * 86_400_000,
} as const;

/** Checkpoints that may be given names: there is room for what sessions take beside them. */
export const checkpointNamesMost = limits.checkpointsKept - limits.capturesKept;

/** How long the sweep leaves things alone, each with its reason. Milliseconds. */
export const periods = {
  /** Unless said, a ready node is published again after this, doubled each time up to `requeueMost`: a lost message costs seconds, a backlog little. */
  requeue: 5_000,
  requeueMost: 300_000,
  /**
   * A parent asks after its child, and a child after its parent, in case the message between them was lost: first after `family`, then
   * ever more rarely, when half as much time again has passed.
   */
  family: 30_000,
  familyMost: 600_000,
  /** Who has to decide on an escalated job is told again after this, doubled each time up to `tellMost`, until the call is answered. */
  tell: 30_000,
  tellMost: 3_600_000,
  /** A timer that is so late was missed by who should have been woken: alarms ring within a quarter of a second. */
  missed: 2_000,
  /** An HTTP call without a timeout of its own: a target that never answers must not hold its node for ever. */
  httpTimeout: 60_000,
  /** A node that is claimed waits no longer for a permit of its bulkhead, and then goes back: each time that costs two lines of audit. */
  permit: 60_000,
  /** Every job that is not final is looked at this often, whatever it waits for. */
  check: 3_600_000,
} as const;

/** How long a family leaves each other alone that has gone on for so long. */
export function familyPauseMs(goneOnMs: number): number {
  return Math.min(Math.max(periods.family, goneOnMs / 2), periods.familyMost);
}
