import { canonicalJson, type JsonObject } from '../../core/json.ts';
import { policyLimits } from './limits.ts';

/** One version of a policy. It never changes, and its number is never given to another one. */
export interface PolicyVersion {
  readonly name: string;
  /** 1, 2, 3 … of the name, deletions notwithstanding. */
  readonly version: number;
  readonly body: JsonObject;
  readonly at: number;
  /** Who wrote it. */
  readonly by: string;
}

/** All that is kept of a name. */
export interface PolicyHistory {
  /** The highest number that was ever given. */
  readonly newest: number;
  /** Oldest first, the last one is `newest`; none once the name was deleted. */
  readonly versions: readonly PolicyVersion[];
}

export interface PolicyDraft {
  readonly body: JsonObject;
  readonly at: number;
  readonly by: string;
}

export type PolicyCreated =
  | { readonly kind: 'written'; readonly policy: PolicyVersion }
  | { readonly kind: 'taken'; readonly newest: PolicyVersion };

export type PolicyUpdated =
  | { readonly kind: 'written'; readonly policy: PolicyVersion }
  /** It says what the newest version says; nothing was written. */
  | { readonly kind: 'unchanged'; readonly policy: PolicyVersion }
  /** Somebody else has written since. */
  | { readonly kind: 'changed'; readonly newest: PolicyVersion }
  | { readonly kind: 'unknown' };

export type PolicyDeleted =
  | { readonly kind: 'deleted'; readonly newest: PolicyVersion }
  | { readonly kind: 'changed'; readonly newest: PolicyVersion }
  | { readonly kind: 'unknown' };

/** What is to be stored, where something is. */
export interface Decided<Verdict> {
  readonly verdict: Verdict;
  readonly after?: PolicyHistory;
}

export function created(before: PolicyHistory | undefined, name: string, draft: PolicyDraft): Decided<PolicyCreated> {
  const newest = before?.versions.at(-1);
  if (newest) return { verdict: { kind: 'taken', newest } };
  const policy = { name, version: (before?.newest ?? 0) + 1, ...draft };
  return { verdict: { kind: 'written', policy }, after: { newest: policy.version, versions: [policy] } };
}

/** Who was not answered may ask again: what the newest version says already is not written a second time. */
export function updated(before: PolicyHistory | undefined, seen: number, draft: PolicyDraft): Decided<PolicyUpdated> {
  const newest = before?.versions.at(-1);
  if (!before || !newest) return { verdict: { kind: 'unknown' } };
  const isSame = canonicalJson(newest.body) === canonicalJson(draft.body);
  if (isSame && (seen === newest.version || seen === newest.version - 1))
    return { verdict: { kind: 'unchanged', policy: newest } };
  if (seen !== newest.version) return { verdict: { kind: 'changed', newest } };
  const policy = { name: newest.name, version: newest.version + 1, ...draft };
  const versions = [...before.versions, policy].slice(-policyLimits.versionsKept);
  return { verdict: { kind: 'written', policy }, after: { newest: policy.version, versions } };
}

/** `seen`: only when that is still the newest version. What stays is the number, so that it is never given again. */
export function deleted(before: PolicyHistory | undefined, seen?: number): Decided<PolicyDeleted> {
  const newest = before?.versions.at(-1);
  if (!before || !newest) return { verdict: { kind: 'unknown' } };
  if (seen !== undefined && seen !== newest.version) return { verdict: { kind: 'changed', newest } };
  return { verdict: { kind: 'deleted', newest }, after: { newest: before.newest, versions: [] } };
}

/** The newest version unless one is named. */
export function found(history: PolicyHistory | undefined, version?: number): PolicyVersion | undefined {
  if (version === undefined) return history?.versions.at(-1);
  return history?.versions.find((each) => each.version === version);
}
