import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../../shared/adapters/machine/random.ts';
import { CodedError } from '../../../shared/core/error.ts';
import { newId } from '../../../shared/core/id.ts';
import type { JsonObject } from '../../../shared/core/json.ts';
import type { DoorName } from '../../../shared/wiring/fleet/door-names.ts';
import { type Fleet, openFleet } from '../../../shared/wiring/fleet/fleet.ts';
import type { Execution } from './doors/handlers.ts';
import { type Observer, openObserver } from './observer.ts';
import { sumOf, type Tally } from './tally.ts';

export interface Hosts {
  readonly firestore: string;
  readonly pubsub: string;
}

/** A fleet that is measured, in a project of its own, and somebody who looks on without being counted. */
export interface House {
  readonly project: string;
  readonly hosts: Hosts;
  readonly observer: Observer;
  readonly fleet: Fleet;
  /** Of all doors together, once nothing is under way. */
  tally(): Promise<Tally>;
  /** Over HTTP, at the door. */
  submit(document: JsonObject): Promise<string>;
  /** What `sleep` did, in the order in which it ended. */
  executions(): readonly Execution[];
  close(): Promise<void>;
}

export interface HouseOptions {
  readonly hosts: Hosts;
  readonly dir: string;
  readonly instances: Readonly<Partial<Record<DoorName, number>>>;
  /** 0 for never. */
  readonly tickMs: number;
  tell(line: string): void;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export async function openHouse({ hosts, dir, instances, tickMs, tell }: HouseOptions): Promise<House> {
  const clock = createMachineClock();
  const project = `bench-${newId(clock.now(), machineRandom)}`;
  const tallies = mkdtempSync(join(dir, 'tallies-'));
  const env = { ...process.env, BENCH_TALLIES: tallies, BREAKWATER_HANDLERS: here('doors/handlers.ts') };
  const source = here('doors/entrance.ts');
  const fleet = await openFleet({ clock, hosts, project, env, instances, source, tickMs, report: tell });
  const observer = await openObserver(project, hosts.firestore);
  return {
    project,
    hosts,
    observer,
    fleet,
    async tally() {
      await fleet.usage();
      return sumOf(await Promise.all(fleet.instances().map(({ pid }) => ask(tallies, pid))));
    },
    submit: (document) => submit(fleet.url, document),
    executions: () => readExecutions(tallies),
    async close() {
      await observer.close();
      await fleet.close();
    },
  };

  async function ask(folder: string, pid: number): Promise<Tally> {
    const file = join(folder, String(pid));
    rmSync(file, { force: true });
    process.kill(pid, 'SIGUSR2');
    for (const until = clock.now() + 5_000; !existsSync(file); await clock.sleep(5))
      if (clock.now() > until) throw new CodedError('tally_missing', `process ${pid} does not say what it used`);
    return JSON.parse(readFileSync(file, 'utf8')) as Tally;
  }
}

async function submit(url: string, document: JsonObject): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v3/jobs`, { method: 'POST', headers, body: JSON.stringify(document) });
  const said = (await answer.json()) as { readonly jobId?: string };
  if (answer.ok && said.jobId !== undefined) return said.jobId;
  throw new CodedError('not_submitted', `${answer.status} ${JSON.stringify(said).slice(0, 500)}`);
}

function readExecutions(folder: string): readonly Execution[] {
  const files = readdirSync(folder).filter((name) => name.startsWith('work-'));
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  return lines.map((line) => JSON.parse(line) as Execution).sort((a, b) => a.endedAt - b.endedAt);
}
