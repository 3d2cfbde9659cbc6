import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Door } from '../../../../shared/wiring/doors/door.ts';
import { openEntrance } from '../../../../shared/wiring/doors/entrance.ts';
import { wrapDoors } from '../../../../shared/wiring/fleet/wrap-doors.ts';
import type { Production } from '../../../../shared/wiring/production.ts';
import { type TallyField, tallyOf } from '../tally.ts';
import { countSdk } from './count-sdk.ts';

/**
 * The doors as they are deployed, and beside each what its process has used: on SIGUSR2 it is written to a file named by the process
 * in the directory that the environment names. Nothing else of a door is touched.
 */
const counted = new Map<TallyField, number>();
const count = (field: TallyField, more: number) => void counted.set(field, (counted.get(field) ?? 0) + more);
let production: Production | undefined;
let underWay = 0;
let busySince = 0;

process.on('SIGUSR2', () => {
  const file = join(process.env['BENCH_TALLIES']!, String(process.pid));
  writeFileSync(`${file}.part`, JSON.stringify(tally()));
  renameSync(`${file}.part`, file);
});

countSdk(count);
await openEntrance(wrapDoors(counting));

function tally() {
  const store = production?.engine.health().store;
  const { user, system } = process.cpuUsage();
  const told: Partial<Record<TallyField, number>> = {
    ...Object.fromEntries(counted),
    ...(store && {
      storeReads: store.reads,
      storeWrites: store.writes,
      storeCommits: store.commits,
    }),
    cpuMs: (user + system) / 1_000,
  };
  return tallyOf((field) => told[field] ?? 0);
}

/** Cloud Run charges an instance for the time in which it has at least one request, by the begun tenth of a second. */
const chargedByMs = 100;

function countBusy(busyMs: number): void {
  count('busyMs', busyMs);
  count('chargedMs', Math.ceil(busyMs / chargedByMs) * chargedByMs);
}

function counting({ executes, open }: Door): Door {
  return {
    executes,
    async open(room) {
      production = room.production;
      const serve = await open(room);
      return (request, response) => {
        count('requests', 1);
        if (underWay++ === 0) busySince = performance.now();
        response.on('close', () => {
          if (--underWay === 0) countBusy(performance.now() - busySince);
        });
        return serve(request, response);
      };
    },
  };
}
