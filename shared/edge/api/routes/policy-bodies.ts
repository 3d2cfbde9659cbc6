import { isJsonObject } from '../../../core/json.ts';
import { type Fault, parseRetryPolicy } from '../../../jobs/document/index.ts';
import { type PolicyVersion, policyLimits } from '../../../policy/named/index.ts';
import type { BodyReader, BodyVerdict } from '../route.ts';
import { newPolicy, policyName } from '../schemas/policy.ts';

type Body = PolicyVersion['body'];

/** It may be written with more room than the policy itself takes. */
const reading = {
  required: true,
  yaml: true,
  limitBytes: 8 * policyLimits.bytes,
  faultCode: 'invalid_policy',
} as const;

/** A policy as a job has it inline: the one reader of policies says what is wrong with it. */
export const policyBody: BodyReader<Body> = {
  ...reading,
  schema: newPolicy.shape.policy,
  read: (document) => readPolicy(document ?? null),
};

export const newPolicyBody: BodyReader<{ readonly name: string; readonly body: Body }> = {
  ...reading,
  schema: newPolicy,
  read(document) {
    if (!isJsonObject(document)) return faulty([{ path: '', message: 'must be an object of `name` and `policy`' }]);
    const { name, policy = null, ...others } = document;
    const read = readPolicy(policy);
    const named = policyName.safeParse(name);
    const faults = [
      ...(named.error?.issues ?? []).map(({ message }) => ({ path: 'name', message })),
      ...Object.keys(others).map((path) => ({ path, message: 'is no field here: there are `name` and `policy`' })),
      ...(read.kind === 'faults' ? read.faults.map(within) : []),
    ];
    if (faults.length > 0 || read.kind === 'faults' || !named.success) return faulty(faults);
    return { kind: 'read', body: { name: named.data, body: read.body } };
  },
};

function readPolicy(document: unknown): BodyVerdict<Body> {
  const parsed = parseRetryPolicy(document);
  return parsed.kind === 'policy' ? { kind: 'read', body: parsed.policy } : faulty(parsed.faults);
}

const faulty = (faults: readonly Fault[]) => ({ kind: 'faults', faults }) as const;

function within({ path, message }: Fault): Fault {
  return { path: path === '' || path.startsWith('[') ? `policy${path}` : `policy.${path}`, message };
}
