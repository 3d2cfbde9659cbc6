import { join, resolve } from 'node:path';

/** Where jobs are kept, with all that is needed to open it. */
export type StoreChoice =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | FirestoreChoice;

export interface FirestoreChoice {
  readonly kind: 'firestore';
  readonly project: string;
  readonly database: string;
  /** `host:port` of an emulator; absent for Google's Firestore. */
  readonly emulatorHost?: string;
  /** How long a finished job is kept. */
  readonly retentionMs: number;
  /** Which of its shards are swept here; all unless said. */
  readonly shards?: readonly number[];
}

/** As the operator writes it: what is missing of a Firestore stands in other settings. */
export type AskedStore =
  | Exclude<StoreChoice, FirestoreChoice>
  | { readonly kind: 'firestore'; readonly project?: string; readonly database?: string };

export const usualDatabase = '(default)';

export function defaultStore(dir: string): AskedStore {
  return { kind: 'sqlite', path: join(dir, 'breakwater.db') };
}

export function storeText(store: AskedStore): string {
  switch (store.kind) {
    case 'memory':
      return 'memory';
    case 'sqlite':
      return `sqlite:${store.path}`;
    case 'firestore': {
      const { project, database = usualDatabase } = store;
      if (project === undefined) return 'firestore';
      return `firestore:${project}${database === usualDatabase ? '' : `/${database}`}`;
    }
  }
}

export function parseStore(text: string): { readonly ok: AskedStore } | { readonly fault: string } {
  if (text === 'memory') return { ok: { kind: 'memory' } };
  if (text === 'firestore') return { ok: { kind: 'firestore' } };
  const path = /^sqlite:(?!:memory:$)(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { ok: { kind: 'sqlite', path: resolve(path) } };
  const [, project, database] = firestoreForm.exec(text) ?? [];
  if (project !== undefined) return { ok: { kind: 'firestore', project, ...(database !== undefined && { database }) } };
  return {
    fault: `is \`sqlite:PATH\`, \`memory\`, \`firestore\` or \`firestore:PROJECT/DATABASE\`, but not \`${text}\``,
  };
}

/** Source: https://cloud.google.com/resource-manager/docs/creating-managing-projects, with the prefix of older ones (`example.com:it`). */
const projectId = '[a-z][a-z0-9.:-]{2,60}[a-z0-9]';
const firestoreForm = new RegExp(`^firestore:(${projectId})(?:/(\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9]))?$`);
export const projectForm = new RegExp(`^${projectId}$`);
