import type { z } from 'zod';
import { faultList, jobDocument, parseJobSpec, plainJson } from '../../../jobs/document/index.ts';
import type { JobSpec } from '../../../jobs/index.ts';
import { apiLimits } from '../limits.ts';
import type { BodyReader } from '../route.ts';
import { errorsOf } from '../schemas/errors.ts';

/** A job document: the one reader of jobs says what is wrong with it. */
export const jobBody: BodyReader<JobSpec> = {
  schema: jobDocument,
  required: true,
  yaml: true,
  limitBytes: apiLimits.jobBytes,
  faultCode: 'invalid_job',
  read: (document, now, repeated) => {
    const parsed = parseJobSpec(document ?? null, now, repeated);
    return parsed.kind === 'spec' ? { kind: 'read', body: parsed.spec } : { kind: 'faults', faults: parsed.faults };
  },
};

export function jsonBody<Body>(schema: z.ZodType<Body>, required = true): BodyReader<Body> {
  return {
    schema,
    required,
    yaml: false,
    limitBytes: apiLimits.valueBytes,
    faultCode: 'invalid_request',
    read: (document) => {
      const faults = faultList();
      const plain = document === undefined ? { value: undefined } : plainJson(document, bounds, faults);
      if (!plain) return { kind: 'faults', faults: faults.list() };
      const read = schema.safeParse(plain.value);
      return read.success ? { kind: 'read', body: read.data } : { kind: 'faults', faults: errorsOf(read.error) };
    },
  };
}

const bounds = { bytes: apiLimits.valueBytes, depth: apiLimits.valueDepth };
