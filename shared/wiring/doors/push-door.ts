import type { HttpFunction } from '@google-cloud/functions-framework';
import { createPushReceiver, type PushHandlers } from '../../edge/push/receive-pushes.ts';
import type { Door, DoorRoom } from './door.ts';

/** A room in which a message knows until when its work may go on, and when it must be answered: what is not done by then is left to others. */
export interface PushRoom extends DoorRoom {
  time(): { readonly until: number; readonly answerBy: number };
}

/**
 * A function that Pub/Sub pushes to. It is of the framework's HTTP kind, to which a push comes as it was sent. Nothing goes on behind
 * its answer, for Cloud Run takes the CPU away then.
 */
export function pushDoor(executes: boolean, handlersIn: (room: PushRoom) => PushHandlers): Door {
  return { executes, open: (room) => answerPushes(room, handlersIn) };
}

function answerPushes(room: DoorRoom, handlersIn: (room: PushRoom) => PushHandlers): HttpFunction {
  const { production, log, trace, workMs, answerMs } = room;
  const time = () => ({ until: production.clock.now() + workMs, answerBy: production.clock.now() + answerMs });
  const receiver = createPushReceiver(handlersIn({ ...room, time }), log.push);
  return async ({ body, rawBody, headers }, response) => {
    const { status } = await trace.within(String(headers['traceparent']), async () => {
      const answer = await receiver.receive({ body: rawBody ?? body, headers });
      await production.finish();
      return answer;
    });
    response.status(status).end();
  };
}
