import {
  created,
  deleted,
  encodeNamePlace,
  found,
  nameBefore,
  type PolicyHistory,
  updated,
} from '../../policy/named/index.ts';
import type { Policies } from '../../ports/index.ts';

/** Policies in memory: gone with the process, and everything else as promised. */
export function createMemoryPolicies(): Policies {
  const kinds = new Map<string, Map<string, PolicyHistory>>();

  function namesOf(kind: string): Map<string, PolicyHistory> {
    const known = kinds.get(kind) ?? new Map<string, PolicyHistory>();
    kinds.set(kind, known);
    return known;
  }

  function keep<Verdict>(
    kind: string,
    name: string,
    decide: (before: PolicyHistory | undefined) => { readonly verdict: Verdict; readonly after?: PolicyHistory },
  ): Verdict {
    const { verdict, after } = decide(namesOf(kind).get(name));
    if (after) namesOf(kind).set(name, after);
    return verdict;
  }

  return {
    create: async (kind, name, draft) => keep(kind, name, (before) => created(before, name, draft)),
    update: async (kind, name, seen, draft) => keep(kind, name, (before) => updated(before, seen, draft)),
    delete: async (kind, name, seen) => keep(kind, name, (before) => deleted(before, seen)),
    get: async (kind, name, version) => found(namesOf(kind).get(name), version),
    versions: async (kind, name) => namesOf(kind).get(name)?.versions.toReversed() ?? [],
    async list(kind, { size, pageToken }) {
      const after = nameBefore(pageToken);
      const all = [...namesOf(kind).values()].flatMap(({ versions }) => versions.at(-1) ?? []);
      const behind = all.filter(({ name }) => name > after).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const policies = behind.slice(0, size);
      const last = policies.at(-1);
      return last && behind.length > size ? { policies, nextPageToken: encodeNamePlace(last.name) } : { policies };
    },
  };
}
