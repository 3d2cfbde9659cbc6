import type { Clock } from '../../shared/core/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/core/json.ts';

/** A user of the API who does what its pages advise: a key with what may be sent twice, and another try after 503 or a broken connection. */
export interface Client {
  /** Once. Status 0 where there was no answer. */
  ask(path: string, body?: Json, key?: string): Promise<Answer>;
  /** Until it is answered with anything but 503. */
  insist(path: string, body: Json, key: string): Promise<Answer>;
  submit(spec: JsonObject, key: string): Promise<string>;
  stateOf(jobId: string): Promise<string | undefined>;
}

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Headers;
}

const triesUsual = 60;

export function clientOf(url: string, clock: Clock, triesMost = triesUsual): Client {
  async function ask(path: string, body?: Json, key?: string): Promise<Answer> {
    const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
    const sent = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    try {
      const answer = await fetch(`${url}/api/v3/jobs${path}`, sent);
      const said: unknown = await answer.json().catch(() => undefined);
      return { status: answer.status, headers: answer.headers, body: isJsonObject(said) ? said : {} };
    } catch {
      return { status: 0, headers: new Headers(), body: {} };
    }
  }

  async function insist(path: string, body: Json, key: string): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await ask(path, body, key);
      if (answer.status !== 0 && answer.status !== 503) return answer;
      if (tries === triesMost) throw new Error(`POST ${path} was answered ${answer.status} ${triesMost} times`);
      await clock.sleep(250);
    }
  }

  return {
    ask,
    insist,
    async submit(spec, key) {
      const { status, body } = await insist('', spec, key);
      if (status === 201 || status === 200) return String(body['jobId']);
      throw new Error(`${String(spec['name'])} was not taken: ${status} ${JSON.stringify(body)}`);
    },
    stateOf: async (jobId) => (await ask(`/${jobId}`)).body['state'] as string | undefined,
  };
}
