import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { isRepeatable, type RecoveryAction, recoveryActions } from '../../policy/recovery/index.ts';
import { checkpointNamesMost, limits } from '../limits.ts';
import type { Step } from '../template/reference-text.ts';
import type { FaultList } from './fault.ts';
import { isWebAddress } from './schema-values.ts';
import { type JobSketch, listOf, workIn } from './spec-sketch.ts';
import { didYouMean } from './suggestion.ts';

/** Rules that contradict themselves or could never act, and checkpoints that nobody would take. */
export function addRecoveryFaults(job: JobSketch, faults: FaultList): void {
  const names = addCheckpointFaults(job, faults);
  const ofJob = { type: undefined, isItem: false };
  addRuleFaults(job.fields['recovery'], [...job.steps, 'recovery'], { owner: ofJob, names }, faults);
  for (const { fields, steps } of workIn(job)) {
    const owner = { type: fields['type'] ?? null, isItem: steps.at(-1) === 'node' };
    addRuleFaults(fields['recovery'], [...steps, 'recovery'], { owner, names }, faults);
  }
}

interface Place {
  /** What the rules are about; without a type, a job. */
  readonly owner: { readonly type: Json | undefined; readonly isItem: boolean };
  /** Of the checkpoints that the job's nodes take. */
  readonly names: ReadonlySet<string>;
}

function addRuleFaults(rules: Json | undefined, steps: readonly Step[], place: Place, faults: FaultList): void {
  let taker: number | undefined;
  for (const [at, rule] of listOf(rules).slice(0, limits.recoveryRules).entries()) {
    if (!isJsonObject(rule)) continue;
    const here = [...steps, at];
    if (taker !== undefined) faults.add(here, `is never reached: rule ${taker + 1} takes whatever it is`);
    if (takesAll(rule)) taker ??= at;
    addFieldFaults(rule, here, faults);
    addFindingFaults(rule, here, place, faults);
    addPlaceFaults(rule, here, place, faults);
    addAddressFaults(rule, here, place, faults);
  }
}

/** Which actions look at a field. */
export const takenBy: Readonly<Record<string, readonly RecoveryAction[]>> = {
  times: recoveryActions.filter(isRepeatable),
  delay: ['retry', 'requeue'],
  priority: ['requeue'],
  target: ['requeue'],
  checkpoint: ['restore'],
  to: ['escalate'],
};

function addFieldFaults(rule: JsonObject, steps: readonly Step[], faults: FaultList): void {
  const action = rule['do'];
  if (!isAction(action)) return;
  for (const [field, actions] of Object.entries(takenBy)) {
    if (rule[field] === undefined || actions.includes(action)) continue;
    const taking = actions.map((each) => `\`${each}\``).join(', ');
    faults.add([...steps, field], `means nothing with \`do: ${action}\`; it goes with ${taking}`);
  }
}

/** Findings about a job as a whole. */
const ofJobs = ['deadline', 'failed_job', 'stalled_job', 'orphaned_child'];
const inTime: readonly RecoveryAction[] = ['rollback', 'escalate', 'abort'];

function addFindingFaults({ on, do: action }: JsonObject, steps: readonly Step[], { owner }: Place, faults: FaultList) {
  const names = typeof on === 'string' ? [on] : listOf(on);
  if (owner.type !== undefined) {
    for (const each of names)
      if (ofJobs.some((kind) => kind === each))
        faults.add(
          [...steps, 'on'],
          `names \`${each}\`, which is found of a job: it goes with the job's own \`recovery\``,
        );
  } else if (names.length === 1 && names[0] === 'deadline' && isAction(action) && !inTime.includes(action)) {
    const able = inTime.map((each) => `\`${each}\``).join(', ');
    faults.add([...steps, 'do'], `can't help a job that has run out of time; ${able} can`);
  }
}

const calls = ['http', 'pubsub', 'function'];
const withoutCalls = ['delay', 'signal', 'choice', 'map'];

/** What a node can't be asked for, and what the nodes of a job have not in common. */
function addPlaceFaults(rule: JsonObject, steps: readonly Step[], { owner }: Place, faults: FaultList): void {
  const { type, isItem } = owner;
  if (rule['delay'] !== undefined && withoutCalls.some((each) => each === type))
    faults.add([...steps, 'delay'], `means nothing here: a \`${type}\` node can't be put off`);
  for (const field of ['target', 'priority'])
    if (rule[field] !== undefined && isItem)
      faults.add([...steps, field], "means nothing here: a map's items share it; it goes with the map's own node");
  if (rule['target'] === undefined || isItem) return;
  if (type === undefined)
    faults.add(
      [...steps, 'target'],
      'means nothing here: the nodes of a job call different things; it goes with a node',
    );
  else if (typeof type === 'string' && !calls.includes(type))
    faults.add([...steps, 'target'], `means nothing here: a \`${type}\` node calls nothing`);
}

function addAddressFaults(rule: JsonObject, steps: readonly Step[], { owner, names }: Place, faults: FaultList): void {
  const { target, to, checkpoint } = rule;
  if (typeof target === 'string') {
    if (owner.type === 'http' && !isWebAddress(target))
      faults.add([...steps, 'target'], 'must be an http or https address');
    if (owner.type === 'function' && target.includes('${')) faults.add([...steps, 'target'], 'takes no references');
  }
  const fault = typeof to === 'string' ? faultOfAddress(to) : undefined;
  if (fault !== undefined) faults.add([...steps, 'to'], fault);
  if (typeof checkpoint !== 'string' || names.has(checkpoint)) return;
  // Others than the nodes' may be captured by an operator.
  const hint = didYouMean(checkpoint, names);
  if (hint !== '') faults.add([...steps, 'checkpoint'], `no node takes a checkpoint \`${checkpoint}\`${hint}`);
}

/** Of whom to tell. */
export function faultOfAddress(to: string): string | undefined {
  if (to.includes('${')) return 'takes no references';
  if (to.startsWith('topic:')) return to.length > 'topic:'.length ? undefined : 'must name the topic: `topic:NAME`';
  if (!to.includes('://') || isWebAddress(to)) return undefined;
  return 'must be an http or https address, `topic:NAME`, or the name of a person or a team';
}

/** So many names, and nodes that take them: each looks at every node of the job. */
function addCheckpointFaults(job: JobSketch, faults: FaultList): ReadonlySet<string> {
  const names = new Set<string>();
  let takers = 0;
  for (const { fields, steps } of job.nodes) {
    const name = fields['checkpoint'];
    if (typeof name !== 'string') continue;
    takers++;
    names.add(name);
    const here = [...steps, 'checkpoint'];
    if (names.size === checkpointNamesMost + 1)
      faults.add(here, `is one name too many: a job has ${checkpointNamesMost} checkpoints at most`);
    if (takers === limits.checkpointNodes + 1)
      faults.add(here, `is one too many: ${limits.checkpointNodes} nodes of a job take checkpoints at most`);
  }
  return names;
}

/** Nothing is left for the rules behind it. */
function takesAll({ on, do: action }: JsonObject): boolean {
  const isAny = on === '*' || listOf(on).includes('*');
  return isAny && (action === 'skip' || action === 'escalate' || action === 'abort');
}

function isAction(value: Json | undefined): value is RecoveryAction {
  return recoveryActions.some((each) => each === value);
}
