/** The limits of a message, each with its reason. */
export const messageLimits = {
  /** Nodes of one job in one message. They are claimed in one commit, and are late together when the instance that has them dies. */
  nodesPerMessage: 100,
  /** Alarms in one message. One instance holds them all until they are due. */
  alarmsPerMessage: 200,
  /** Characters of a message: 200 alarms of jobs with the longest ids, and what stands around them. */
  textChars: 64 * 1024,
  /** Highest priority; 0 is the lowest. */
  priorityMost: 9,
} as const;
