import { z } from 'zod';
import { checkpointName, faultOfAddress, label, pause, takenBy } from '../../../jobs/document/index.ts';
import { limits } from '../../../jobs/index.ts';
import { recoveryActions } from '../../../policy/recovery/index.ts';
import { jobId } from './parameters.ts';

/** What an operator says of a recovery. */

const inWords = (names: readonly string[]) => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, { error: `is no action of recovery: take ${inWords(names)}` });

const reason = z.string().max(limits.failureMessageChars).optional().describe('It stands in the audit.');
const nodeIds = z
  .array(
    z
      .string()
      .min(1)
      .max(limits.nameChars * 2),
  )
  .min(1)
  .max(limits.nodesPerJob)
  .optional();
/** Those that recoveries took have a space in their names. */
const anyCheckpoint = z
  .string()
  .min(1)
  .max(limits.nameChars * 2)
  .optional();

const how = {
  delay: pause.optional().meta({ description: 'Until the next attempt: milliseconds, or a text like `10m`.' }),
  priority: z.int().min(0).max(9).optional().describe('0 (last) to 9 (first), from now on.'),
  target: z
    .string()
    .min(1)
    .max(8_192)
    .optional()
    .describe('What the nodes that are named call from now on: URL, topic or handler.'),
  checkpoint: anyCheckpoint.describe('The newest unless said.'),
};

export const newRecovery = z
  .strictObject({
    job: jobId,
    action: oneOf(recoveryActions)
      .optional()
      .describe("Without one the job's rules decide on what is found, and nothing but `nodes` may be said beside it."),
    nodes: nodeIds.describe('Ids of the nodes that it is about; all that the action fits unless said.'),
    ...how,
    to: label.optional().describe('Of `escalate`: an http(s) URL, `topic:NAME`, or a name for the list.'),
    reason,
  })
  .superRefine(addWishFaults)
  .meta({ id: 'NewRecovery' });

/** Of a batch, whose jobs have nodes of other names. */
export const recoveryOfMany = z
  .strictObject({
    action: oneOf(recoveryActions).optional().describe("Without one each job's own rules decide on what is found."),
    delay: how.delay,
    priority: how.priority,
    checkpoint: how.checkpoint,
    to: label.optional().describe('Of `escalate`: an http(s) URL, `topic:NAME`, or a name for the list.'),
  })
  .superRefine(addWishFaults)
  .meta({ id: 'RecoveryOfMany' });

export const recoveryAnswer = z
  .strictObject({
    action: oneOf([...recoveryActions, 'fail']).describe('One of the options. `fail`: the failure stands.'),
    nodes: nodeIds.describe(
      'Ids of nodes that wait for the answer; all unless said. The job goes on when the last has one.',
    ),
    ...how,
    reason,
  })
  .superRefine((answer, context) => addFieldFaults(answer, faultAdder(context)))
  .meta({ id: 'RecoveryAnswer' });

export const newCheckpoint = z.strictObject({ name: checkpointName, reason }).meta({ id: 'NewCheckpoint' });

export const restoring = z
  .strictObject({ checkpoint: anyCheckpoint.describe('The newest unless said.'), reason })
  .optional()
  .meta({ id: 'Restoring' });

type Add = (field: string, message: string) => void;

const faultAdder =
  (context: z.RefinementCtx): Add =>
  (field, message) =>
    context.addIssue({ code: 'custom', path: [field], message });

interface Said {
  readonly action?: string | undefined;
  readonly nodes?: readonly string[] | undefined;
  readonly target?: string | undefined;
}

const nodeActions = ['retry', 'skip', 'requeue', 'fail'];

function addWishFaults(wish: Said & { readonly to?: string | undefined }, context: z.RefinementCtx): void {
  const add = faultAdder(context);
  addFieldFaults(wish, add);
  const fault = wish.to === undefined ? undefined : faultOfAddress(wish.to);
  if (fault !== undefined) add('to', fault);
}

/** What means nothing with the action is refused, as in a rule. */
function addFieldFaults(said: Said, add: Add): void {
  const { action, nodes, target } = said;
  for (const [field, actions] of Object.entries(takenBy)) {
    if ((said as Record<string, unknown>)[field] === undefined || actions.some((each) => each === action)) continue;
    const taking = `it goes with ${actions.map((each) => `\`${each}\``).join(', ')}`;
    add(
      field,
      action === undefined
        ? `means nothing without an action; ${taking}`
        : `means nothing with \`${action}\`; ${taking}`,
    );
  }
  if (nodes !== undefined && action !== undefined && !nodeActions.includes(action))
    add('nodes', `means nothing with \`${action}\`, which is about the whole job`);
  if (target !== undefined && nodes === undefined)
    add('target', 'means nothing without `nodes`: the nodes of a job call different things');
}
