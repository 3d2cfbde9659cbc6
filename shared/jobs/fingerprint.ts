import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/json.ts';
import type { JobSpec } from './spec.ts';

/** The same for equal specs, whatever the order of their keys. SHA-256 in base64url. */
export function fingerprintOf(spec: JobSpec): string {
  const known = fingerprints.get(spec);
  if (known !== undefined) return known;
  const fingerprint = createHash('sha256').update(canonicalJson(spec)).digest('base64url');
  fingerprints.set(spec, fingerprint);
  return fingerprint;
}

const fingerprints = new WeakMap<JobSpec, string>();
