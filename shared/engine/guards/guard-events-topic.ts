import { CodedError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TopicPublisher } from '../../ports/index.ts';
import type { GuardEvent, GuardEventsNeeds } from './guard-events.ts';

export const guardEventsTopic = 'breakwater-events';

export interface GuardEventsTopicOptions {
  /** In one process the topic is there when somebody listens: that nobody does is no failure. */
  readonly mayBeUnheard?: boolean;
}

/** A message for each event: the event as JSON with the instance that tells it (of a transition, that whose report brought it about), its kind and its guard as attributes, by which a subscription filters. */
export function sendToTopic(
  topics: TopicPublisher,
  instance: string,
  { mayBeUnheard = false }: GuardEventsTopicOptions = {},
): GuardEventsNeeds['send'] {
  async function sendOne(event: GuardEvent): Promise<void> {
    const message = JSON.parse(JSON.stringify({ instance, ...event })) as JsonObject;
    const outcome = await topics.publish(guardEventsTopic, message, attributesOf(event));
    if (outcome.kind !== 'failed' || (mayBeUnheard && outcome.failure.code === 'topic_unknown')) return;
    throw new CodedError(outcome.failure.code, outcome.failure.message);
  }

  return async (events) => {
    await Promise.all(events.map(sendOne));
  };
}

/** Pub/Sub takes 1,024 bytes of a value; the message has the whole name. */
const attributeCharsMost = 250;

function attributesOf(event: GuardEvent): Readonly<Record<string, string>> {
  switch (event.kind) {
    case 'transition':
      return {
        kind: event.kind,
        guard: 'breaker',
        name: event.name.slice(0, attributeCharsMost),
        to: event.to,
        scope: event.scope ?? 'fleet',
      };
    case 'rejection':
      return { kind: event.kind, guard: event.guard, name: event.name.slice(0, attributeCharsMost) };
    case 'mode':
      return { kind: event.kind, to: event.to };
  }
}
