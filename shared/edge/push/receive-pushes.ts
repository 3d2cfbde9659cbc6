import { messageOf } from '../../core/error.ts';
import { type Alarm, decodeMessage, type Unreadable, unpackAlarms, unpackNodes } from '../../jobs/message/index.ts';
import { isUnreadable } from '../../jobs/record/index.ts';
import type { NodeMessage } from '../../ports/index.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import { type PushedMessage, type PushRequest, parsePush, type UnreadablePush } from './parse-push.ts';

/**
 * What a door does with what comes; it names the kinds it takes. A rejection asks for another delivery. `unknownJob` acknowledges a
 * message about a job that the store does not know, and has it reported.
 */
export interface PushHandlers {
  nodes?(nodes: readonly NodeMessage[], push: PushedMessage): Promise<Handled>;
  alarms?(alarms: readonly Alarm[], push: PushedMessage): Promise<Handled>;
  /** Gets every message that is neither nodes nor alarms: Cloud Scheduler sends whatever it was told to. */
  tick?(push: PushedMessage): Promise<Handled>;
  /** Gets every message, whatever it says. */
  deadLetter?(letter: DeadLetter, push: PushedMessage): Promise<Handled>;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler without anything to tell returns nothing
export type Handled = void | 'unknownJob';

export type PushReason =
  | 'done'
  | 'unknownJob'
  /** Another version wrote the job, or it has lost a part. It stays due, and the sweep of a Breakwater that can read it finds it. */
  | 'unreadableJob'
  /** The handler rejected: the store is away, say. The only reason for another delivery. */
  | 'failed'
  /** A readable message of a kind that this door does not take. */
  | 'wrongDoor'
  | UnreadablePush['because']
  | Unreadable['because'];

export interface PushAnswer {
  /** 204 acknowledges the message, 503 asks for it again. */
  readonly status: 204 | 503;
  readonly reason: PushReason;
}

export interface PushReceiver {
  /** Never throws or rejects. */
  receive(request: PushRequest): Promise<PushAnswer>;
  /** Pushes answered so far, by reason. */
  counts(): Readonly<Partial<Record<PushReason, number>>>;
}

/** Told of everything but `done`. */
export type ReportPush = (reason: PushReason, details: PushDetails) => void;

export interface PushDetails {
  readonly message: string;
  readonly messageId?: string;
  readonly subscription?: string;
  readonly deliveryAttempt?: number;
  readonly error?: unknown;
}

/**
 * The part of a door that takes pushes. What a retry cannot help is acknowledged, so that no message comes round for ever; that holds
 * for a newer schema, too: this instance may live for hours, and the sweep publishes the nodes again in the meantime.
 */
export function createPushReceiver(handlers: PushHandlers, report: ReportPush): PushReceiver {
  const counts: Partial<Record<PushReason, number>> = {};

  function answer(reason: PushReason, details: PushDetails): PushAnswer {
    counts[reason] = (counts[reason] ?? 0) + 1;
    if (reason !== 'done') report(reason, details);
    return { status: reason === 'failed' ? 503 : 204, reason };
  }

  return {
    async receive(request) {
      const push = parsePush(request);
      if (push.kind === 'unreadable') return answer(push.because, { message: push.message });
      const known = { messageId: push.messageId, ...placeOf(push) };
      try {
        const { reason, message } = await dispatch(handlers, push);
        return answer(reason, { ...known, message });
      } catch (error) {
        const message = `the message could not be dealt with: ${messageOf(error)}`;
        return answer(isUnreadable(error) ? 'unreadableJob' : 'failed', { ...known, message, error });
      }
    },
    counts: () => ({ ...counts }),
  };
}

interface Dispatched {
  readonly reason: PushReason;
  readonly message: string;
}

async function dispatch(handlers: PushHandlers, push: PushedMessage): Promise<Dispatched> {
  if (handlers.deadLetter) return handled(await handlers.deadLetter(readDeadLetter(push), push));
  const message = decodeMessage(push.text);
  if (message.kind === 'nodes' && handlers.nodes) return handled(await handlers.nodes(unpackNodes(message), push));
  if (message.kind === 'alarms' && handlers.alarms) return handled(await handlers.alarms(unpackAlarms(message), push));
  const isOther = message.kind === 'nodes' || message.kind === 'alarms';
  if (handlers.tick && !isOther) return handled(await handlers.tick(push));
  if (message.kind === 'unreadable') return { reason: message.because, message: message.message };
  return { reason: 'wrongDoor', message: `this door takes no message of the kind \`${message.kind}\`` };
}

function handled(said: Handled): Dispatched {
  if (said === undefined) return { reason: 'done', message: '' };
  return { reason: said, message: 'the store does not know the job that the message is about' };
}

function placeOf({ subscription, deliveryAttempt }: PushedMessage) {
  return {
    ...(subscription !== undefined && { subscription }),
    ...(deliveryAttempt !== undefined && { deliveryAttempt }),
  };
}
