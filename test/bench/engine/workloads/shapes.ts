import { CodedError } from '../../../../shared/core/error.ts';
import { parseJobSpec } from '../../../../shared/jobs/document/index.ts';
import type { JobSpec } from '../../../../shared/jobs/index.ts';

/** `steps` nodes that do nothing, one after the other. */
export function chainOf(steps: number): JobSpec {
  const nodes = Array.from({ length: steps }, (_, place) => ({
    ...noop(`step-${place + 1}`),
    ...(place > 0 && { dependsOn: [`step-${place}`] }),
  }));
  return specOf({ name: 'chain', nodes });
}

/** `width` nodes that do nothing, all at once, and one that joins them. */
export function fanOf(width: number): JobSpec {
  const parallel = Array.from({ length: width }, (_, place) => noop(`part-${place + 1}`));
  const join = { ...noop('join'), dependsOn: parallel.map(({ id }) => id) };
  return specOf({ name: 'fan', nodes: [...parallel, join] });
}

export function specOf(document: unknown): JobSpec {
  const parsed = parseJobSpec(document, 0);
  if (parsed.kind === 'spec') return parsed.spec;
  throw new CodedError('spec_invalid', JSON.stringify(parsed.faults.slice(0, 3)));
}

const noop = (id: string) => ({ id, type: 'function', handler: 'noop' });
