import { CodedError } from '../core/error.ts';
import type { Json } from '../core/json.ts';
import type { JobState } from './states.ts';

/**
 * Errors for code that uses the engine: what was asked of a job and refused, and what a handler throws. Inside, a refusal is a value and
 * nobody throws one of these for a verdict. They are told apart by `code`, which stays, as everywhere; the classes only sort the codes
 * for those who like to catch by class.
 */
export class OrchestrationError extends CodedError {
  override readonly name: string = 'OrchestrationError';
  declare readonly jobId: string;
  declare readonly nodeId?: string;
  declare readonly recoveryId?: string;
  /** The job's, when it happened. */
  declare readonly state?: JobState;
  /** Of what a handler throws: whether another attempt makes sense. */
  declare readonly retryable?: boolean;
  /** Of what a handler throws: milliseconds, or a text like `30s`, for which the target is left alone. */
  declare readonly retryAfter?: number | string;
  /** Of what a handler throws: stands in the failure. */
  declare readonly details?: Json;

  constructor(code: string, message: string, { cause, ...context }: ErrorContext) {
    super(code, message, cause === undefined ? undefined : { cause });
    Object.assign(this, context);
  }
}

export interface ErrorContext {
  readonly jobId: string;
  readonly nodeId?: string;
  readonly recoveryId?: string;
  readonly state?: JobState;
  readonly retryable?: boolean;
  readonly retryAfter?: number | string;
  readonly details?: Json;
  readonly cause?: unknown;
}

/** The state of the job, or of its node, does not allow it. */
export class InvalidStateError extends OrchestrationError {
  override readonly name: string = 'InvalidStateError';
}

/** It is about a retry: none is scheduled, or its policy does not allow it. */
export class RetryPolicyError extends OrchestrationError {
  override readonly name: string = 'RetryPolicyError';
}

/** It is about a recovery: of a job that ended, or one that is taken back. */
export class RecoveryError extends OrchestrationError {
  override readonly name: string = 'RecoveryError';
}
