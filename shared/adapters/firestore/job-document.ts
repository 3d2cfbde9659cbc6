import { CodedError } from '../../core/error.ts';
import {
  type AuditLine,
  defaultPriority,
  fingerprintOf,
  isFinal,
  type Job,
  type JobHeader,
  jobStates,
} from '../../jobs/index.ts';
import { endedWith, specIsInline } from '../../jobs/record/index.ts';
import type { JobSummary } from '../../ports/index.ts';
import { idOf, schemaVersion, shardOf } from './layout.ts';
import {
  type Fields,
  numberIn,
  ofInstant,
  ofNumber,
  ofText,
  ofWhole,
  type StoredDocument,
  textIn,
  type Value,
} from './values.ts';

/** The fields of `breakwater-jobs/{job}` that are no texts, written and read. */

/** What a commit may change. A job that is final is never due, and goes when its retention is over. */
export function changingFields(header: JobHeader, retentionMs: number): Fields {
  const { version, state, nextCheckAt, alarmAt, endedAt, auditCount } = header;
  const ended = isFinal(state);
  const failureCode = endedWith(header);
  return {
    version: ofWhole(version),
    state: ofText(state),
    auditCount: ofWhole(auditCount),
    ...(nextCheckAt !== undefined && !ended && { nextCheckAt: ofNumber(nextCheckAt) }),
    ...(alarmAt !== undefined && !ended && { alarmAt: ofNumber(alarmAt) }),
    ...(endedAt !== undefined && { endedAt: ofNumber(endedAt) }),
    ...(failureCode !== undefined && { failureCode: ofText(failureCode) }),
    ...(ended && { expireAt: ofInstant((endedAt ?? header.checkedAt) + retentionMs) }),
  };
}

/** Those of them that a job may lose. */
export const passingFields = ['nextCheckAt', 'alarmAt', 'endedAt', 'failureCode', 'expireAt'];

export function lastingFields({ id, spec, header }: Job): Fields {
  const { parent, idempotency } = header;
  return {
    schema: ofWhole(schemaVersion),
    shard: ofWhole(shardOf(id)),
    name: ofText(spec.name),
    submittedAt: ofNumber(header.submittedAt),
    ...fieldsOfSpec(spec),
    ...(parent && { parentJobId: ofText(parent.jobId) }),
    ...(idempotency && {
      idempotencyKey: ofText(idempotency.key),
      idempotencyFingerprint: ofText(idempotency.fingerprint),
    }),
  };
}

/** What is listed of it, and follows a corrected spec. */
export function fieldsOfSpec(spec: Job['spec']): Fields {
  return { priority: ofWhole(spec.priority ?? defaultPriority), fingerprint: ofText(fingerprintOf(spec)) };
}

/** Where the spec lies: in the job's document, or apart by its name. */
export function specPlace(
  text: string,
  name: () => string,
): { texts: Record<string, string>; fields: Record<string, Value> } {
  if (specIsInline(text)) return { texts: { spec: text }, fields: {} };
  return { texts: {}, fields: { specAt: ofText(name()) } };
}

export function encodeLines(audit: readonly AuditLine[]): string {
  let text = '';
  for (const line of audit) text += `${JSON.stringify(line)}\n`;
  return text;
}

export function decodeLines(text: string): readonly AuditLine[] {
  return text === '' ? [] : (JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as AuditLine[]);
}

/** What another version of Breakwater wrote is not guessed at. */
export function checkSchema({ path, fields }: StoredDocument): void {
  const schema = numberIn(fields, 'schema') ?? 0;
  if (schema === schemaVersion) return;
  const what = `Job ${idOf(path)} was written by`;
  if (schema > schemaVersion) {
    const sentence = `a newer Breakwater (schema ${schema}; this one knows ${schemaVersion}): upgrade this one.`;
    throw new CodedError('store_too_new', `${what} ${sentence}`);
  }
  const sentence = `an older Breakwater (schema ${schema}; this one knows ${schemaVersion}): let that one finish it, or delete its document ${path}.`;
  throw new CodedError('store_too_old', `${what} ${sentence}`);
}

/**
 * What a list shows, of whatever version the job is: a job that cannot be read must not hide the others. Undefined where even this
 * cannot be told.
 */
export function summaryOf({ path, fields }: StoredDocument): JobSummary | undefined {
  const [name, fingerprint] = [textIn(fields, 'name'), textIn(fields, 'fingerprint')];
  const [priority, submittedAt] = [numberIn(fields, 'priority'), numberIn(fields, 'submittedAt')];
  const state = jobStates.find((each) => each === textIn(fields, 'state'));
  const isWhole =
    name !== undefined && fingerprint !== undefined && priority !== undefined && submittedAt !== undefined;
  if (!isWhole || !state) return undefined;
  const endedAt = numberIn(fields, 'endedAt');
  const parentJobId = textIn(fields, 'parentJobId');
  return {
    jobId: idOf(path),
    name,
    state,
    priority,
    submittedAt,
    ...(endedAt !== undefined && { endedAt }),
    fingerprint,
    ...(parentJobId !== undefined && { parentJobId }),
  };
}
