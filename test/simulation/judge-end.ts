import { isFinal } from '../../shared/jobs/index.ts';
import { interpret } from './interpret.ts';
import type { SeenJob } from './judge/judge.ts';
import { checkChain } from './judge/law-of-seals.ts';
import { idsOf, runsOf } from './judge/reading.ts';
import type { Shape } from './shapes/sketch.ts';
import type { World } from './world.ts';

/** J6, J8: did it end, was anything lost or done twice, and is the outcome the one that had to be. */
export function judgeEnd(world: World, shapes: readonly Shape[], ending: string): void {
  const { judge } = world;
  if (judge.faults.length > 0) return;
  const roots = [...judge.jobs.values()].filter(({ job }) => !job.header.parent);
  for (const seen of judge.jobs.values()) {
    const { id, header, spec } = seen.job;
    const blame = (sentence: string) => judge.blame(`job ${id} (${spec.name}): ${sentence}`);
    if (!isFinal(header.state)) blame(`J8: it is ${header.state} and did not end (${ending})`);
    else checkEndings(seen, blame);
    checkChain(seen, blame);
  }
  if (ending !== 'over' && judge.faults.length === 0) judge.blame(`J8: somebody was never answered (${ending})`);
  for (const shape of shapes) {
    const those = roots.filter(({ job }) => job.spec.name === shape.name);
    if (those.length !== 1) judge.blame(`J9: ${those.length} jobs came of one submit of ${shape.name}`);
  }
  if (judge.faults.length === 0) for (const seen of judge.jobs.values()) checkOracle(world, seen, shapes);
}

/** Settled exactly once, and called at least once where a call was to be made. */
function checkEndings({ job, lines, calls }: SeenJob, blame: (sentence: string) => void): void {
  const runs = runsOf(job);
  idsOf(job).forEach((id, index) => {
    if (isGivenUp(id)) return;
    const run = runs[index]!;
    const list = lines.findLastIndex(
      ({ event, node, items }) => event === 'reset' && items && id.startsWith(`${node}[`),
    );
    const told = lines.slice(list + 1).filter(({ node }) => node === id);
    const again = told.findLastIndex(
      ({ event, from }) => event === 'reset' || from === 'failed' || from === 'cancelled',
    );
    const settled = told
      .slice(told[again]?.to === 'skipped' ? again : again + 1)
      .filter(({ to }) => to === 'succeeded' || to === 'failed' || to === 'skipped').length;
    if (settled !== (run.state === 'cancelled' ? 0 : 1)) blame(`node ${id} settled ${settled} times`);
    const result = run.state === 'succeeded' ? (run.result as { node?: string } | null | undefined) : undefined;
    if (result?.node === id && (calls.get(id) ?? 0) < 1) blame(`node ${id} succeeded and was never called`);
    const byOperator = lines.some(
      ({ node, event, action }) => node === id && (event === 'nodeSkipped' || event === 'reset' || action === 'skip'),
    );
    if (run.state === 'skipped' && calls.has(id) && !byOperator) blame(`node ${id} was skipped and called`);
  });
}

/** What was an item of a list that was made anew has no ending of its own. */
function isGivenUp(id: string): boolean {
  return /\]~\d+/.test(id);
}

/** A child job's id begins with that of the job which the shape was submitted as. */
function checkOracle({ judge }: World, { job }: SeenJob, shapes: readonly Shape[]): void {
  const { blame } = judge;
  const root = judge.jobs.get(job.id.split('.')[0]!)!;
  const shape = shapes.find(({ name }) => root.job.spec.name === name)!;
  if (!shape.determined) return;
  const expected = interpret(job.spec, shape.fates);
  if (job.header.state !== expected.state) blame(`J6: job ${job.id} is ${job.header.state}, due was ${expected.state}`);
  const runs = runsOf(job);
  const ids = idsOf(job);
  const known = ids.filter((id) => !isGivenUp(id));
  if (known.length !== expected.nodes.size)
    blame(`J6: job ${job.id} has ${known.length} nodes, due were ${expected.nodes.size}`);
  ids.forEach((id, index) => {
    if (isGivenUp(id)) return;
    const due = expected.nodes.get(id);
    if (runs[index]!.state !== due) blame(`J6: node ${id} of job ${job.id} is ${runs[index]!.state}, due was ${due}`);
  });
}
