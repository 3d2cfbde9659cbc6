import { CodedError } from '../../core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { type Job, type JobSpec, nodeAt } from '../../jobs/index.ts';
import { jobOfViews } from './job-of-views.ts';

/** A job on an engine that is only reached over HTTP. */
export interface JobClient {
  readonly jobId: string;
  readonly href: string;
  /** As it is now; the last known where the API does not answer at this moment. */
  look(): Promise<Job | undefined>;
  /** Of a completed job. */
  result(): Promise<JsonObject>;
  signal(id: string, name: string, data: Json): Promise<void>;
}

/** Submits the document. */
export async function submitOver(url: string, document: JsonObject, spec: JobSpec): Promise<JobClient> {
  const { jobId } = await ask(`${url}/api/v3/jobs`, document);
  const href = `${url}/api/v3/jobs/${String(jobId)}`;
  const results = new Map<string, Json>();
  let known: Job | undefined;

  /** What a choice chose is its result, which only the node itself shows. */
  async function learnChoices(job: Job): Promise<void> {
    for (const [index, { id, type }] of spec.nodes.entries())
      if (type === 'choice' && nodeAt(job, index).state === 'succeeded' && !results.has(id))
        results.set(id, (await ask(`${href}/nodes/${id}`))['result'] ?? null);
  }

  async function read(): Promise<Job> {
    const [job, nodes] = [await ask(href), await ask(`${href}/nodes?size=200`)];
    const seen = () => jobOfViews(spec, job, nodes['nodes'] as unknown as JsonObject[], results);
    await learnChoices(seen());
    return seen();
  }

  return {
    jobId: String(jobId),
    href,
    async look() {
      known = await read().catch(() => known);
      return known;
    },
    result: async () => (await ask(href))['result'] as JsonObject,
    async signal(id, name, data) {
      await ask(`${href}/signals/${name}`, data, { 'idempotency-key': id });
    },
  };
}

/** What the API answers; with a body it is a POST. Rejects with `api_refused` and its words. */
export async function ask(
  url: string,
  body?: Json,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonObject> {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(url, { ...sent, headers: { 'content-type': 'application/json', ...headers } });
  const said: unknown = await answer.json().catch(() => undefined);
  if (answer.ok && isJsonObject(said)) return said;
  const why = isJsonObject(said) ? String(said['detail'] ?? said['title']) : 'no words';
  throw new CodedError('api_refused', `${url} answered ${answer.status}: ${why}`);
}
