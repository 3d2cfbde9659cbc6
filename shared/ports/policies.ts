import type { PolicyCreated, PolicyDeleted, PolicyDraft, PolicyUpdated, PolicyVersion } from '../policy/named/index.ts';

/**
 * Policies as documents of their own: of a kind (`retry`), with a name and numbered versions.
 *
 * - A version never changes, and its number is never given again, not even after the name was deleted and made anew.
 * - What a call wrote is durable once it resolves and seen by every later call, whoever asks. Of several that write at the same time on the
 *   same version exactly one does; the others are told `changed`, or `taken`.
 * - A rejected promise says nothing: the write may have happened. To update again is safe; to create again may find the name taken.
 * - The newest 100 versions of a name are kept (`policyLimits`). Nothing here depends on jobs: each holds a copy of what it was started with.
 * - Names and kinds are of the form that `policyNameForm` gives, bodies no larger than `policyLimits` says; whoever calls has looked.
 * - Failures of the world reject with a CodedError, as those of a JobStore do.
 */
export interface Policies {
  /** The first version, or after a deletion the one with the next number. */
  create(kind: string, name: string, draft: PolicyDraft): Promise<PolicyCreated>;
  /** The next version, only where `seen` is the newest. */
  update(kind: string, name: string, seen: number, draft: PolicyDraft): Promise<PolicyUpdated>;
  /** The newest version unless one is named. Nothing of a name that was deleted, and nothing of before its deletion. */
  get(kind: string, name: string, version?: number): Promise<PolicyVersion | undefined>;
  /** The newest version of each name, by name (as ASCII sorts). */
  list(kind: string, query: PolicyQuery): Promise<PolicyPage>;
  /** All that are kept, newest first; none of an unknown name. */
  versions(kind: string, name: string): Promise<readonly PolicyVersion[]>;
  /** Where `seen` is given, only when that is the newest version. */
  delete(kind: string, name: string, seen?: number): Promise<PolicyDeleted>;
}

export interface PolicyQuery {
  readonly size: number;
  readonly pageToken?: string;
}

export interface PolicyPage {
  readonly policies: readonly PolicyVersion[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}
