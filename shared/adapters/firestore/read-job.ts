import { CodedError } from '../../core/error.ts';
import { type Job, limits } from '../../jobs/index.ts';
import { decodeJob, resultNames } from '../../jobs/record/index.ts';
import type { Asker } from './ask.ts';
import { checkSchema } from './job-document.ts';
import { jobPath, pagePath } from './layout.ts';
import { getAll, type Place, type Texts, textsAt } from './texts.ts';
import { numberIn, type StoredDocument, type Timestamp } from './values.ts';
import type { Basis } from './write-job.ts';

export interface LoadedJob {
  readonly job: Job;
  readonly basis: Basis;
}

/** What a commit must know, and whether it is still about that version. */
export interface Look {
  readonly version: number;
  readonly basis: Basis;
}

export interface JobReader {
  /** Where the job's document is as `known` left it, `known` is given back, and nothing more is read. */
  load(jobId: string, known?: LoadedJob): Promise<LoadedJob | undefined>;
  look(jobId: string): Promise<Look | undefined>;
}

/**
 * A wide job's pages are read as they were when its own document was last written: whoever writes a page writes that document with it.
 * So a job is never of two versions, without a transaction that writers would have to wait for.
 */
export function createJobReader(asker: Asker, texts: Texts): JobReader {
  async function read(jobId: string, fields?: readonly string[]) {
    const path = jobPath(jobId);
    const { documents, readTime } = await asker.get([path], fields ? { fields } : {});
    const document = documents.get(path);
    if (document) checkSchema(document);
    return document && { document, time: versionTime(document.updateTime, readTime) };
  }

  async function pagesOf(jobId: string, document: StoredDocument, time: Timestamp): Promise<readonly string[]> {
    const count = numberIn(document.fields, 'pages');
    if (count === undefined) return textsAt(texts, jobId, [{ document, field: 'page' }]);
    const paths = Array.from({ length: count }, (_, no) => pagePath(jobId, no));
    const found = await getAll(asker, paths, time);
    const places = paths.map((path): Place => {
      const page = found.get(path);
      if (!page) throw new CodedError('store_damaged', `Job ${jobId} has lost its document ${path}.`);
      return { document: page, field: 'text' };
    });
    return textsAt(texts, jobId, places);
  }

  async function resultsOf(jobId: string, pages: readonly string[]): Promise<ReadonlyMap<number, string>> {
    const names = new Map(pages.flatMap((text, no) => [...resultNames(text, no * limits.nodesPerPage)]));
    const found = await texts.read(jobId, names.values());
    return new Map([...names].map(([node, name]) => [node, found.get(name)!]));
  }

  async function basisOf(jobId: string, document: StoredDocument): Promise<Basis> {
    const [tail] = await textsAt(texts, jobId, [{ document, field: 'audit' }]);
    return { updateTime: document.updateTime, tail: tail! };
  }

  return {
    async load(jobId, known) {
      const found = await read(jobId);
      if (!found) return undefined;
      const { document, time } = found;
      if (known && isSameTime(known.basis.updateTime, document.updateTime)) return known;
      const own = ['spec', 'header'].map((field): Place => ({ document, field }));
      const [[spec, header], pages] = await Promise.all([textsAt(texts, jobId, own), pagesOf(jobId, document, time)]);
      const results = await resultsOf(jobId, pages);
      const job = decodeJob(jobId, { spec: spec!, header: header!, pages, results });
      return { job, basis: await basisOf(jobId, document) };
    },

    async look(jobId) {
      const found = await read(jobId, ['schema', 'version', 'audit', 'auditAt']);
      if (!found) return undefined;
      const { document } = found;
      return { version: numberIn(document.fields, 'version')!, basis: await basisOf(jobId, document) };
    },
  };
}

/** Every commit of a job writes its document, so its update time names a version. */
function isSameTime(a: Timestamp, b: Timestamp): boolean {
  return Number(a.seconds) === Number(b.seconds) && Number(a.nanos) === Number(b.nanos);
}

/** Firestore reads at times of the last hour only. A document that lay still for a while lay so at the time of its reading, too. */
const pastSecondsMost = 1_800;

/**
 * The time of the reading would do on Firestore itself. Its emulator tells one at which somebody else may have written already.
 */
function versionTime(updateTime: Timestamp, readTime: Timestamp): Timestamp {
  return Number(readTime.seconds) - Number(updateTime.seconds) < pastSecondsMost ? updateTime : readTime;
}
