import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { createMachineClock } from '../../../shared/adapters/machine/clock.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { openOwn } from '../../bench/guards/contestants/own.ts';
import { calling, type Order } from './fleet.ts';
import { openLog } from './log.ts';
import { askParent } from './records.ts';
import { poolName, type Setting, targetName } from './setting.ts';

/** Who is refused comes back after so long. */
const refusedMs = 5;
/** So often the breaker is looked at that no state goes by unseen: a probe takes longer. */
const lookMs = 2;

enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/breakwater'));

/** Nobody wants to know any more. */
process.once('disconnect', () => process.exit(1));

const given = JSON.parse(process.argv[2]!) as Setting & Order & { readonly who: string; readonly skewMs: number };
const { who, skewMs, dir, redisUrl, limit, queueMost, leaseMs, holdMs, failures, openMs } = given;
const log = openLog(dir, who);
const machine = createMachineClock();
const clock: Clock = { now: () => machine.now() + skewMs, sleep: machine.sleep };
const own = await openOwn(redisUrl, {
  clock,
  instance: who,
  records: askParent(),
  tell(event) {
    if (event.kind === 'mode') log({ kind: 'mode', to: event.to });
  },
});
const pool = own.bulkhead(poolName, { limit, queueMost, leaseMs });
const breaker = own.breaker(targetName, { failures, openMs, openMsMost: openMs, successes: 1 });
let { isDead } = given;
let calls = 0;

process.on('message', (message: Order) => {
  if ('isDead' in message) isDead = message.isDead;
});

for (let worker = 0; worker < given.poolWorkers; worker++) void callOn(poolName, (call) => pool.run(call));
for (let worker = 0; worker < given.targetWorkers; worker++) void callOn(targetName, (call) => breaker.run(call));
void watchState();
process.send!(calling);

/** One call after the other. */
async function callOn(
  guard: string,
  run: (call: () => Promise<void>) => Promise<{ kind: string; because?: string }>,
): Promise<never> {
  for (;;) {
    const answer = await run(() => makeCall(guard)).catch(() => undefined);
    if (answer?.kind !== 'refused') continue;
    log({ kind: 'refused', guard, because: answer.because! });
    await machine.sleep(refusedMs);
  }
}

async function makeCall(guard: string): Promise<void> {
  const call = ++calls;
  log({ kind: 'begun', call, guard });
  await machine.sleep(holdMs * (0.5 + Math.random()));
  const failed = guard === targetName && isDead;
  log({ kind: 'ended', call, failed });
  if (failed) throw new Error('the target is dead');
}

async function watchState(): Promise<never> {
  for (let known = ''; ; await machine.sleep(lookMs)) {
    const { state, version, scope } = breaker.view();
    const seen = `${state} ${version} ${scope}`;
    if (seen !== known) log({ kind: 'state', state, version, scope });
    known = seen;
  }
}
