import type { AuditLine, Job } from '../../../shared/jobs/index.ts';

/** One commit, as the judge sees it. */
export interface Step {
  /** Absent when the job was created. */
  readonly before: Job | undefined;
  readonly after: Job;
  readonly audit: readonly AuditLine[];
  /** Of a commit: which pages and results it says it wrote. */
  readonly pages?: readonly number[];
  readonly results?: readonly number[];
  /** The process that made it. */
  readonly by: string;
}

export interface SeenStep extends Step {
  readonly now: number;
  /** What had been stored before; must be what the change says it was. */
  readonly stored: Job | undefined;
  /** All lines so far, those of this step included. */
  readonly lines: readonly AuditLine[];
}

/** Says what is wrong with a step, in sentences that begin with the law's name. */
export type Law = (step: SeenStep, blame: (sentence: string) => void) => void;
