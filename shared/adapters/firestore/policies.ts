import { CodedError } from '../../core/error.ts';
import {
  created,
  deleted,
  encodeNamePlace,
  found,
  nameBefore,
  type PolicyHistory,
  type PolicyVersion,
  updated,
} from '../../policy/named/index.ts';
import type { Policies, PolicyPage } from '../../ports/index.ts';
import type { Asker } from './ask.ts';
import { policyPath, schemaVersion } from './layout.ts';
import { policiesQuery } from './queries.ts';
import { type Fields, numberIn, ofText, ofWhole, type Precondition, textIn, type Write } from './values.ts';

/**
 * A document for each name, so that every call reads one and writes one at most. A change is written on condition that the document is
 * as it was read; where it is not, it is read again and the change judged anew.
 */
export function createPolicies(asker: Asker): Policies {
  async function read(path: string): Promise<{ readonly before?: PolicyHistory; readonly only: Precondition }> {
    const document = (await asker.get([path])).documents.get(path);
    if (!document) return { only: { exists: false } };
    return { before: historyIn(document.fields), only: { updateTime: document.updateTime } };
  }

  async function change<Verdict>(path: string, decide: Decide<Verdict>, isNew = false): Promise<Verdict> {
    for (let tries = 0; tries < triesMost; tries++) {
      // A name that is given for the first time needs no look.
      const stored = isNew && tries === 0 ? { only: { exists: false } } : await read(path);
      const { verdict, after } = decide('before' in stored ? stored.before : undefined);
      if (!after) return verdict;
      if ((await asker.commit([writeOf(path, after, stored.only)])).kind === 'written') return verdict;
    }
    throw new CodedError('store_unavailable', `The document ${path} is written by many at once: try again.`);
  }

  return {
    create: (kind, name, draft) => change(policyPath(kind, name), (before) => created(before, name, draft), true),
    update: (kind, name, seen, draft) => change(policyPath(kind, name), (before) => updated(before, seen, draft)),
    delete: (kind, name, seen) => change(policyPath(kind, name), (before) => deleted(before, seen)),
    get: async (kind, name, version) => found((await read(policyPath(kind, name))).before, version),
    versions: async (kind, name) => (await read(policyPath(kind, name))).before?.versions.toReversed() ?? [],
    async list(kind, { size, pageToken }) {
      const after = nameBefore(pageToken);
      return listBehind(asker, kind, after, size);
    },
  };
}

const triesMost = 5;

type Decide<Verdict> = (before: PolicyHistory | undefined) => {
  readonly verdict: Verdict;
  readonly after?: PolicyHistory;
};

/** Deleted names are passed over, and as many more are asked for. */
async function listBehind(asker: Asker, kind: string, after: string, size: number): Promise<PolicyPage> {
  const policies: PolicyVersion[] = [];
  for (let behind = after; ; ) {
    const documents = await asker.query(policiesQuery(kind, behind, size + 1));
    for (const { fields } of documents) policies.push(...newestIn(fields));
    if (policies.length > size) return { policies: policies.slice(0, size), ...nextOf(policies[size - 1]!) };
    if (documents.length <= size) return { policies };
    behind = nameAt(documents.at(-1)!.path);
  }
}

const nextOf = ({ name }: PolicyVersion) => ({ nextPageToken: encodeNamePlace(name) });
const nameAt = (path: string): string => path.slice(path.indexOf(':') + 1);

function newestIn(fields: Fields): PolicyVersion[] {
  const text = textIn(fields, 'newest');
  return text === undefined ? [] : [JSON.parse(text) as PolicyVersion];
}

function historyIn(fields: Fields): PolicyHistory {
  const earlier = JSON.parse(textIn(fields, 'earlier') ?? '[]') as readonly PolicyVersion[];
  return { newest: numberIn(fields, 'version') ?? 0, versions: [...earlier, ...newestIn(fields)] };
}

function writeOf(path: string, { newest, versions }: PolicyHistory, only: Precondition): Write {
  const last = versions.at(-1);
  return {
    path,
    fields: {
      schema: ofWhole(schemaVersion),
      version: ofWhole(newest),
      ...(last && { newest: ofText(JSON.stringify(last)) }),
      earlier: ofText(JSON.stringify(versions.slice(0, -1))),
    },
    only,
  };
}
