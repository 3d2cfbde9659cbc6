/**
 * A W3C trace context: `version-trace-span-flags` in hexadecimal, as the header `traceparent` carries it. What is none counts as absent,
 * as the specification has it. Source: https://www.w3.org/TR/trace-context/#traceparent-header
 */
const form = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** The id of the trace, 32 digits that all its calls share. */
export function traceIdOf(traceparent: string): string | undefined {
  return form.exec(traceparent)?.[1];
}
