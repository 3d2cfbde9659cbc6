import { codeOf, messageOf } from '../../core/error.ts';
import type { ReportPush } from '../../edge/push/receive-pushes.ts';

/** One line for each entry, as Cloud Logging reads them: https://cloud.google.com/logging/docs/structured-logging */
export interface CloudLog {
  /** What nobody waits for went wrong. */
  failure(error: unknown, context: string): void;
  /** A push that was not simply done. Each reason is counted, so that a metric can be made of the lines. */
  readonly push: ReportPush;
  note(code: string, message: string): void;
}

export interface LogPlace {
  readonly door: string;
  write(line: string): void;
  /** `projects/P/traces/T` of the request that is under way. */
  trace(): string | undefined;
}

type Severity = 'INFO' | 'WARNING' | 'ERROR';

export function createCloudLog({ door, write, trace }: LogPlace): CloudLog {
  const counts = new Map<string, number>();

  function entry(severity: Severity, code: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    const line = { severity, message, code, door, count, ...more, 'logging.googleapis.com/trace': trace() };
    write(`${JSON.stringify(line)}\n`);
  }

  return {
    failure: (error, context) => entry('ERROR', codeOf(error), `${context}: ${messageOf(error)}`, { context }),
    push(reason, { message, error, ...where }) {
      const failed = reason === 'failed' ? { cause: codeOf(error) } : {};
      entry(reason === 'failed' ? 'ERROR' : 'WARNING', `push_${reason}`, message, { reason, ...where, ...failed });
    },
    note: (code, message) => entry('WARNING', code, message),
  };
}
