import { Firestore } from '@google-cloud/firestore';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../../shared/adapters/machine/random.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { type AuditLine, finalStates, type Job } from '../../../shared/jobs/index.ts';
import { openFirestore } from '../../../shared/wiring/open-firestore.ts';

/** Looks at the jobs of a project by connections of its own: what it reads is nobody's cost and stands in no figure. */
export interface Observer {
  /** Waits until these have ended, and gives them; rejects with `not_completed` when one ended otherwise or time runs out. */
  whenCompleted(jobIds: readonly string[], patienceMs: number): Promise<readonly Job[]>;
  audit(jobId: string): Promise<readonly AuditLine[]>;
  close(): Promise<void>;
}

const lookEveryMs = 100;

/** Documents that the SDK is asked for at once. */
const atOnce = 100;

export async function openObserver(project: string, host: string): Promise<Observer> {
  const clock = createMachineClock();
  const clientOptions = { universeDomain: 'googleapis.com' };
  const sdk = new Firestore({ projectId: project, host, ssl: false, clientOptions });
  const place = { kind: 'firestore', project, database: '(default)', emulatorHost: host, retentionMs: 1 } as const;
  const { store, close } = await openFirestore(place, clock, machineRandom);

  /** By state alone: one request for a hundred jobs, and none of what is in them. */
  async function openAmong(jobIds: readonly string[]): Promise<readonly string[]> {
    const [first, rest] = [jobIds.slice(0, atOnce), jobIds.slice(atOnce)];
    const references = first.map((id) => sdk.doc(`breakwater-jobs/${id}`));
    const documents = await sdk.getAll(...references, { fieldMask: ['state'] });
    const open = documents.filter((each) => !finalStates.some((state) => state === each.get('state')));
    // While the first hundred are not done there is no need to look at the others.
    return [...open.map(({ id }) => id), ...rest];
  }

  async function load(jobId: string): Promise<Job> {
    const job = await store.load(jobId);
    if (job?.header.state === 'completed') return job;
    const failure = JSON.stringify(job?.header.failure ?? null);
    throw new CodedError('not_completed', `job ${jobId} (${job?.spec.name}) is ${job?.header.state}: ${failure}`);
  }

  return {
    async whenCompleted(jobIds, patienceMs) {
      const until = clock.now() + patienceMs;
      let open = jobIds;
      while (open.length > 0 && clock.now() < until) {
        const before = open.length;
        open = await openAmong(open);
        if (open.length > 0 && before - open.length < atOnce) await clock.sleep(lookEveryMs);
      }
      const jobs: Job[] = [];
      for (const id of jobIds) jobs.push(await load(id));
      return jobs;
    },
    async audit(jobId) {
      const lines: AuditLine[] = [];
      for (let page: readonly AuditLine[] = []; ; ) {
        page = await store.readAudit(jobId, lines.length, 1_000);
        if (page.length === 0) return lines;
        lines.push(...page);
      }
    },
    async close() {
      await Promise.all([sdk.terminate(), close()]);
    },
  };
}
