import { inspect, isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { keeps } from '../../../shared/jobs/checkpoint.ts';
import {
  type AuditLine,
  isFinal,
  type Job,
  nodeAt,
  nodeCount,
  replayAudit,
  statesOf,
} from '../../../shared/jobs/index.ts';
import { decodeJob, encodePage } from '../../../shared/jobs/record/index.ts';
import { recoveryWalk, type WalkStep } from './recovery-walk.ts';

const seeds = Array.from({ length: 1_500 }, (_, seed) => seed);

/** The first step of any walk that breaks the rule, with what it says. */
function firstBreach(rule: (step: WalkStep, lines: readonly AuditLine[]) => string | undefined): string | undefined {
  for (const seed of seeds) {
    const lines: AuditLine[] = [];
    let breach: string | undefined;
    recoveryWalk(seed, (step) => {
      lines.push(...step.change.audit);
      const found = breach === undefined ? rule(step, lines) : undefined;
      if (found !== undefined) breach = `seed ${seed}, ${JSON.stringify(step.event)}: ${found}`;
    });
    if (breach !== undefined) return breach;
  }
  return undefined;
}

describe('whatever happens to a job that is recovered', () => {
  test('a refused or repeated event changes nothing', () => {
    expect(
      firstBreach(({ verdict, change }) =>
        verdict.kind !== 'applied' && (change.after !== change.before || change.audit.length > 0)
          ? `${JSON.stringify(verdict)} and it changed`
          : undefined,
      ),
    ).toBeUndefined();
  });

  test('J5: the audit replayed gives the states that are stored', () => {
    expect(
      firstBreach(({ change: { after } }, lines) => {
        const told = replayAudit(
          after.spec.nodes.map(({ id }) => id),
          lines,
        );
        const is = statesOf(after);
        if (told.state !== is.state) return `told ${told.state}, is ${is.state}`;
        if (told.nodes.size !== is.nodes.size) return `told of ${told.nodes.size} nodes of ${is.nodes.size}`;
        for (const [id, { state, attempt }] of is.nodes) {
          const said = told.nodes.get(id);
          if (said?.state !== state || said.attempt !== attempt) {
            return `told ${id} ${said?.state} ${said?.attempt}, is ${state} ${attempt}`;
          }
        }
        return undefined;
      }),
    ).toBeUndefined();
  });

  test('a job has one session at a time, and none once it has ended', () => {
    expect(
      firstBreach(({ change: { after, sessions } }) => {
        const { recovery, state } = after.header;
        const open = sessions.filter((each) => each.state === 'acting' || each.state === 'escalated');
        if (isFinal(state) && recovery) return `it is ${state}, and session ${recovery.id} goes on`;
        if (open.length > 1) return `${open.length} sessions are under way`;
        if (open[0] && JSON.stringify(open[0]) !== JSON.stringify(recovery)) return 'its session is another one';
        return undefined;
      }),
    ).toBeUndefined();
  });

  test('a job waits for a decision only while its session asks for one, and then it is paused', () => {
    expect(
      firstBreach(({ change: { after } }) => {
        const { recovery, paused } = after.header;
        const asking = indices(after).filter((node) => isAsking(after, node));
        if (asking.length > 0 && recovery?.state !== 'escalated') return `nodes ${asking} ask, and nobody is asked`;
        if (recovery?.state === 'escalated' && !paused) return 'somebody is asked, and it goes on';
        if (recovery?.state === 'escalated' && !recovery.escalation) return 'nothing can be answered';
        return undefined;
      }),
    ).toBeUndefined();
  });

  test('a restore never loses a result before its checkpoint', () => {
    expect(
      firstBreach(({ event, verdict, change: { before, after, audit } }) => {
        if (event.kind !== 'restored' || verdict.kind !== 'applied') return undefined;
        const checkpoint = before.header.checkpoints!.at(-1)!;
        const name = audit.find((line) => line.event === 'restored')?.because?.includes(checkpoint.name);
        if (!name) return 'its line does not name the checkpoint';
        for (const node of indices(before)) {
          if (keeps(checkpoint, node) && JSON.stringify(nodeAt(before, node)) !== JSON.stringify(nodeAt(after, node))) {
            return `node ${node} was kept by ${checkpoint.name} and changed`;
          }
        }
        return undefined;
      }),
    ).toBeUndefined();
  });

  test('J1: only a new run leads out of a final state', () => {
    expect(
      firstBreach(({ change: { before, after, audit } }) => {
        if (!isFinal(before.header.state) || after === before) return undefined;
        const run = (before.header.run ?? 1) + 1;
        if (after.header.run !== run) return `run ${after.header.run} follows run ${before.header.run}`;
        return audit[0]?.run === run ? undefined : 'its first line does not say so';
      }),
    ).toBeUndefined();
  });

  test('what is stored is read back as it was', () => {
    expect(
      firstBreach(({ change: { after } }) => {
        const stored = {
          spec: JSON.stringify(after.spec),
          header: JSON.stringify(after.header),
          pages: after.pages.map((page) => encodePage(page)),
          results: new Map<number, string>(),
        };
        const back = decodeJob(after.id, stored);
        return isDeepStrictEqual(back, after) ? undefined : inspect({ back, after }, { depth: 9 });
      }),
    ).toBeUndefined();
  });

  test('J4: nothing that has not ended stands still for ever', () => {
    expect(
      firstBreach(({ change: { after } }) => {
        const { state, nextCheckAt, paused, startedAt } = after.header;
        if (isFinal(state)) return nextCheckAt === undefined ? undefined : 'it is final and has a next check';
        if (nextCheckAt === undefined) return 'it has no next check';
        const moving = indices(after).some(
          (node) => !['blocked', 'succeeded', 'failed', 'skipped', 'cancelled'].includes(nodeAt(after, node).state),
        );
        return moving || paused || startedAt === undefined || state === 'rolling_back'
          ? undefined
          : 'all its open nodes are blocked';
      }),
    ).toBeUndefined();
  });
});

const indices = (job: Job): number[] => Array.from({ length: nodeCount(job) }, (_, node) => node);

function isAsking(job: Job, node: number): boolean {
  const run = nodeAt(job, node);
  return run.state === 'waiting' && run.on.kind === 'decision';
}
