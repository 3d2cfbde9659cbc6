import { AsyncLocalStorage } from 'node:async_hooks';
import { traceIdOf } from '../../core/trace.ts';

/** The W3C trace context of the request under way, so that messages carry it on and log lines name it. */
export interface Trace {
  /** What is no trace context changes nothing. */
  within<T>(traceparent: string | undefined, work: () => T): T;
  traceparent(): string | undefined;
  /** The trace as Cloud Logging names it. */
  name(project: string | undefined): string | undefined;
}

export function createTrace(): Trace {
  const current = new AsyncLocalStorage<string>();
  const traceparent = () => current.getStore();
  return {
    within: (given, work) =>
      given !== undefined && traceIdOf(given) !== undefined ? current.run(given, work) : work(),
    traceparent,
    name(project) {
      const id = traceIdOf(traceparent() ?? '');
      return id === undefined || project === undefined ? undefined : `projects/${project}/traces/${id}`;
    },
  };
}
