import type { AuditLine, Job, NodeRun } from '../../../shared/jobs/index.ts';
import { dependenciesOf, mapOf, runsOf } from './reading.ts';
import type { Law } from './step.ts';

/**
 * J3, both ways: who left blocked had its join rule accepted, who is still blocked has a rule that waits. Settled nodes do not change,
 * so it is enough to look at how things are after the step.
 */
export const joinsHold: Law = ({ before, after, audit, lines }, blame) => {
  const runs = runsOf(after);
  const old = before ? runsOf(before) : [];
  const endsEarly = audit.some(
    ({ event }) => event === 'cancelled' || event === 'deadlinePassed' || event === 'rollbackStarted',
  );
  after.spec.nodes.forEach((node, index) => {
    const run = runs[index]!;
    const isReset = audit.some(
      ({ event, node: id, items }) => event === 'reset' && id === node.id && items === undefined,
    );
    const wasBlocked = isReset || (old[index]?.state ?? 'blocked') === 'blocked';
    if (!wasBlocked) return;
    const verdict = after.header.startedAt === undefined ? 'wait' : joinOf(after, runs, index);
    if (run.state === 'blocked') {
      if (verdict !== 'wait') blame(`J3: node ${node.id} is blocked although its join rule says ${verdict}`);
      checkCounts(after, runs, index, blame);
    } else if (run.state === 'cancelled') {
      if (!endsEarly) blame(`J3: node ${node.id} was cancelled out of nothing`);
    } else if (isSkip(audit.findLast(({ node: id, to }) => id === node.id && to !== undefined))) {
      if (run.state !== 'skipped') blame(`J3: node ${node.id} was skipped by an operator and is ${run.state}`);
    } else if (run.state === 'skipped') {
      const chosenAway = isChosenAway(after, runs, node.id);
      if (verdict !== 'skip' && !node.when && !chosenAway) blame(`J3: node ${node.id} was skipped without a reason`);
    } else if (verdict !== 'start') {
      blame(`J3: node ${node.id} is ${run.state} although its join rule says ${verdict}`);
    } else if (isChosenAway(after, runs, node.id)) blame(`J3: node ${node.id} is ${run.state} but was not chosen`);
  });
  if (!after.header.rollback) checkItems(after, runs, blame);
  checkFoundations(after, runs, lines, blame);
};

function joinOf({ spec }: Job, runs: readonly NodeRun[], index: number): 'start' | 'skip' | 'wait' {
  const states = dependenciesOf(spec, index).map((dependency) => runs[dependency]!);
  const open = states.filter((run) => !('endedAt' in run)).length;
  const good = states.filter(({ state }) => state === 'succeeded').length;
  const bad = states.length - open - good;
  switch (spec.nodes[index]!.join ?? 'all_succeeded') {
    case 'all_succeeded':
      return bad > 0 ? 'skip' : open === 0 ? 'start' : 'wait';
    case 'all_settled':
      return open === 0 ? 'start' : 'wait';
    case 'any_succeeded':
      return good > 0 || states.length === 0 ? 'start' : open === 0 ? 'skip' : 'wait';
  }
}

function checkCounts({ spec }: Job, runs: readonly NodeRun[], index: number, blame: (sentence: string) => void): void {
  const run = runs[index] as Extract<NodeRun, { state: 'blocked' }>;
  const on = dependenciesOf(spec, index).map((dependency) => runs[dependency]!);
  const unsettled = on.filter((each) => !('endedAt' in each)).length;
  const succeeded = on.filter(({ state }) => state === 'succeeded').length;
  if (run.unsettled !== unsettled || run.succeeded !== succeeded)
    blame(`J3: blocked node ${index} counts ${run.unsettled}/${run.succeeded}, it is ${unsettled}/${succeeded}`);
}

/** The last that was said of it: after a decision of somebody. */
function isSkip(line: AuditLine | undefined): boolean {
  return line?.event === 'nodeSkipped' || line?.action === 'skip';
}

/** A choice names who goes on; who is named elsewhere only does not. */
function isChosenAway({ spec }: Job, runs: readonly NodeRun[], id: string): boolean {
  return spec.nodes.some((node, index) => {
    const run = runs[index]!;
    if (node.type !== 'choice' || run.state !== 'succeeded') return false;
    const named = [...node.choices.flatMap((each) => each.then), ...(node.otherwise ?? [])];
    return named.includes(id) && !(run.result as { then: readonly string[] }).then.includes(id);
  });
}

/** What succeeded is built on what stands: no dependency that it needed has another outcome since it could start. */
function checkFoundations(
  { spec }: Job,
  runs: readonly NodeRun[],
  lines: readonly AuditLine[],
  blame: (sentence: string) => void,
): void {
  // The clocks of those who tell of parcels differ: times say something only of what was reset.
  const resets = new Set(lines.flatMap(({ event, node }) => (event === 'reset' && node !== undefined ? [node] : [])));
  if (resets.size === 0) return;
  spec.nodes.forEach(({ id, join = 'all_succeeded' }, index) => {
    const run = runs[index]!;
    if (run.state !== 'succeeded' || join !== 'all_succeeded') return;
    for (const dependency of dependenciesOf(spec, index)) {
      const before = runs[dependency]!;
      if (!resets.has(spec.nodes[dependency]!.id)) continue;
      if (before.state !== 'succeeded' || before.endedAt > run.readyAt)
        blame(`J3: node ${id} keeps a result that is built on another outcome of node ${dependency}`);
    }
  });
}

/** Items: as many under way as the map allows, and none waits while there is room. */
function checkItems({ spec, header }: Job, runs: readonly NodeRun[], blame: (sentence: string) => void): void {
  for (const { node, first, count } of header.maps.filter(({ isGivenUp }) => !isGivenUp)) {
    const map = spec.nodes[node]!;
    const items = runs.slice(first, first + count);
    const open = items.filter((run) => run.state !== 'blocked' && !('endedAt' in run)).length;
    const blocked = items.filter(({ state }) => state === 'blocked').length;
    const most = (map.type === 'map' && map.concurrency) || count;
    if (open > most) blame(`J3: ${open} items of ${map.id} are under way, ${most} may be`);
    if (runs[node]!.state === 'waiting' && open < most && blocked > 0)
      blame(`J3: ${blocked} items of ${map.id} are blocked while there is room`);
    if ('endedAt' in runs[node]! && open + blocked > 0) blame(`J3: map ${map.id} has settled before its items`);
  }
  runs.forEach((run, index) => {
    const map = mapOf(header, index);
    const isUnderWay = run.state !== 'blocked' && !('endedAt' in run);
    if (map !== undefined && isUnderWay && runs[map]!.state === 'blocked')
      blame(`J3: item ${index} started before its map`);
  });
}
