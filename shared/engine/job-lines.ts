import { isFinal, type Job, type JobEvent, nodeCount, type Verdict } from '../jobs/index.ts';
import type { ClaimedParcel } from '../ports/index.ts';

/** Where events of one job stand in line, with the job as it was last seen. */
export interface Line {
  job: Job | undefined;
  /** Whether somebody else may have changed it since: then the store is asked before anything is built on it. */
  isDoubted: boolean;
  /** Its parcels that have nothing more to tell and have not been taken into the job that is stored. */
  readonly toldAll: Map<string, ClaimedParcel>;
  readonly waiting: Request[];
  busy: boolean;
  /** Called when it is no longer busy. */
  readonly onIdle: (() => void)[];
  /** Bytes that it counts for. */
  weight: number;
}

export interface Request {
  /** None: the job is only looked at, and nothing is stored. */
  readonly events: readonly JobEvent[];
  /** Whether what the job's parcels know is to be stored where nothing else is: only when something follows from it, or anyway. */
  readonly folds?: Folds | undefined;
  resolve(committed: Committed | undefined): void;
  reject(error: unknown): void;
}

export type Folds = 'whenUseful' | 'anyway';

export interface Committed {
  readonly job: Job;
  /** How often somebody else was first. */
  readonly conflicts: number;
  readonly verdicts: readonly Verdict[];
}

/** Jobs kept in memory between commits: no more than so many and so large, the least recently used go first and are loaded again. */
export interface JobLines {
  readonly size: number;
  of(jobId: string): Line;
  find(jobId: string): Line | undefined;
  /** The line has been used and is idle now: a job that is final or unknown is not kept. */
  keep(jobId: string, line: Line): void;
}

export function createJobLines(jobsMax: number, bytesMax: number): JobLines {
  const lines = new Map<string, Line>();
  let bytes = 0;

  function forget(jobId: string, line: Line): void {
    lines.delete(jobId);
    bytes -= line.weight;
    line.weight = 0;
  }

  /** Lines at work are left out, however many they are. */
  function makeRoom(): void {
    for (const [jobId, line] of lines) {
      if (bytes <= bytesMax && lines.size <= jobsMax) return;
      if (!line.busy) forget(jobId, line);
    }
  }

  return {
    get size() {
      return lines.size;
    },
    find: (jobId) => lines.get(jobId),
    of(jobId) {
      const known = lines.get(jobId);
      if (known) return known;
      const line = {
        job: undefined,
        isDoubted: false,
        toldAll: new Map(),
        waiting: [],
        busy: false,
        onIdle: [],
        weight: 0,
      };
      lines.set(jobId, line);
      return line;
    },
    keep(jobId, line) {
      forget(jobId, line);
      if (!line.job || isFinal(line.job.header.state)) return;
      lines.set(jobId, line);
      line.weight = weightOf(line.job) + weightOfNews(line.toldAll);
      bytes += line.weight;
      if (bytes > bytesMax || lines.size > jobsMax) makeRoom();
    },
  };
}

/** About what a node takes in memory, its spec included. */
const bytesPerNode = 500;

function weightOfNews(parcels: Line['toldAll']): number {
  let bytes = 0;
  for (const { events } of parcels.values())
    for (const event of events) bytes += bytesPerNode + ('resultBytes' in event ? event.resultBytes : 0);
  return bytes;
}

function weightOf(job: Job): number {
  return job.header.resultBytes + nodeCount(job) * bytesPerNode;
}
