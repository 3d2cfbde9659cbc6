/** The limits of policies with a name, each with its reason. */
export const policyLimits = {
  /** Text of one version. All that are kept of a name lie in one document of Firestore, which holds 1 MiB. */
  bytes: 8 * 1024,
  /** Versions kept of a name; an older one is forgotten. Jobs hold a copy of what they were started with. */
  versionsKept: 100,
  /** Policies that one job may name: each is a read before the job is accepted. */
  namesPerJob: 100,
} as const;

/** One segment of any path, and sorted alike by every store. */
export const policyNameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
