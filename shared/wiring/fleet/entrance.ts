import type { Door } from '../doors/door.ts';
import { openEntrance } from '../doors/entrance.ts';
import { wrapDoors } from './wrap-doors.ts';

/**
 * The doors of `functions/` as they are deployed. Each tells, with every answer, what it has used of the store so far: no process can
 * be asked for that behind a front, and one that is killed could not answer any more.
 */
await openEntrance(wrapDoors(tellingUsage));

function tellingUsage({ executes, open }: Door): Door {
  return {
    executes,
    async open(room) {
      const serve = await open(room);
      return (request, response) => {
        response.on('close', () => process.send?.(room.production.engine.health().store));
        return serve(request, response);
      };
    },
  };
}
