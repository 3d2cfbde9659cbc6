import type { z } from 'zod';
import type { SubmitOptions } from '../../../engine/engine.ts';
import { parseJob } from '../../../engine/parse-job.ts';
import { faultList, jobDocument, plainJson } from '../../../jobs/document/index.ts';
import type { JobSpec } from '../../../jobs/index.ts';
import { apiLimits } from '../limits.ts';
import type { BodyReader } from '../route.ts';
import { errorsOf } from '../schemas/errors.ts';

/** A job, and what was sent where that is not the same: the document names retry policies. */
export interface JobBody {
  readonly spec: JobSpec;
  readonly asked: Pick<SubmitOptions, 'fingerprint' | 'faults'>;
}

/** A job document: the one reader of jobs says what is wrong with it. */
export const jobBody: BodyReader<JobBody> = {
  schema: jobDocument,
  required: true,
  yaml: true,
  limitBytes: apiLimits.jobBytes,
  faultCode: 'invalid_job',
  async read(document, now, repeated, policies) {
    const parsed = await parseJob(policies, document ?? null, now, repeated);
    if (parsed.kind === 'faults') return parsed;
    const { spec, asked } = parsed;
    return {
      kind: 'read',
      body: { spec, asked: asked ? { fingerprint: asked.fingerprint, faults: asked.unknown } : {} },
    };
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
