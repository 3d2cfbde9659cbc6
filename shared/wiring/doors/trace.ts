import { AsyncLocalStorage } from 'node:async_hooks';

/** The W3C trace context of the request under way, so that messages carry it on and log lines name it. */
export interface Trace {
  /** What is no trace context changes nothing. */
  within<T>(traceparent: string | undefined, work: () => T): T;
  traceparent(): string | undefined;
  /** The trace as Cloud Logging names it. */
  name(project: string | undefined): string | undefined;
}

/** Source: https://www.w3.org/TR/trace-context/#traceparent-header */
const form = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;

export function createTrace(): Trace {
  const current = new AsyncLocalStorage<string>();
  const traceparent = () => current.getStore();
  return {
    within: (given, work) => (given !== undefined && form.test(given) ? current.run(given, work) : work()),
    traceparent,
    name(project) {
      const id = form.exec(traceparent() ?? '')?.[1];
      return id === undefined || project === undefined ? undefined : `projects/${project}/traces/${id}`;
    },
  };
}
