/**
 * Ways to run a job of several steps on BullMQ, each with every step's outcome on the disk before the next step starts (Redis
 * answers after its fsync), and with nothing removed afterwards, as by default and as with us. Clients and workers share a process.
 *
 * - `saved`: as BullMQ's pages show it. One BullMQ job; after each step the worker saves with `updateData` how far it is, and the last
 *   step's outcome is the job's completion ("Process Step Jobs"). One worker with all the concurrency; clients use
 *   `waitUntilFinished`. The goal is set against this one.
 * - `tuned`: the same, by somebody who has measured. Four workers share the concurrency, since a job costs a worker the more CPU the
 *   more jobs it has; clients hear of the end from the worker's own event, which costs no round trip and needs them in its process.
 * - `flow`: tuned, and each step a BullMQ job of its own whose parent is the next step ("Step Jobs with Flows"). It costs more, and is
 *   what our nodes are: in the ways above a step has no state, retries, result or history of its own.
 */
export const ways = ['saved', 'tuned', 'flow'] as const;
export type Way = (typeof ways)[number];
