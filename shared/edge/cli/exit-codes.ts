/** What a command ends with. */
export const exitCodes = {
  done: 0,
  /** It did not work out: a job that did not complete, an engine that is not there, a store that cannot be opened. */
  failed: 1,
  /** What was asked for makes no sense: options, settings, job files. */
  usage: 2,
} as const;
