import * as z from 'zod';
import { recoveryActions } from '../../policy/recovery/index.ts';
import { limits } from '../limits.ts';
import { checkpointName, label, list, oneOrSeveral, pause, strict } from './schema-values.ts';

/** A recovery policy as people write it: rules in their order. What contradicts what is told beside it, in `recovery-faults.ts`. */

const rule = strict({
  on: oneOrSeveral(label, 'a finding, a failure code, `*`, or a list of them').meta({
    description: 'Kinds of findings such as `timeout` or `lost_lease`, failure codes, or `*` for whatever it is',
  }),
  do: z.enum(recoveryActions),
  times: z.int().min(1).max(limits.attemptsPerNode).optional(),
  delay: pause.optional(),
  priority: z.int().min(0).max(9).optional(),
  target: z.string().min(1).max(8_192).optional(),
  checkpoint: checkpointName.optional(),
  to: label.optional(),
}).meta({ id: 'RecoveryRule', description: 'What is done about a failure that no retry policy will try again' });

export const recovery = list(rule, limits.recoveryRules, 1);
