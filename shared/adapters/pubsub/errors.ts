import { CodedError, fieldOf, messageOf } from '../../core/error.ts';

/** What Pub/Sub's answers mean, whoever asked. `unknown` is a bug of ours or theirs: no retry is promised to help. */
export type PubSubFault = 'missing' | 'denied' | 'refused' | 'unavailable' | 'unknown';

/** gRPC's status codes. Source: https://grpc.io/docs/guides/status-codes/ */
const byStatus: Readonly<Record<number, PubSubFault>> = {
  1: 'unavailable',
  2: 'unavailable',
  3: 'refused',
  4: 'unavailable',
  5: 'missing',
  7: 'denied',
  8: 'unavailable',
  9: 'refused',
  10: 'unavailable',
  11: 'refused',
  13: 'unavailable',
  14: 'unavailable',
  16: 'denied',
};

export function faultOf(thrown: unknown): PubSubFault {
  return byStatus[Number(fieldOf(thrown, 'code'))] ?? 'unknown';
}

/** Says in our codes what came of a message to a topic of ours. */
export function queueFailure(topic: string, thrown: unknown): unknown {
  const fault = faultOf(thrown);
  if (fault === 'unknown') return thrown;
  const [code, sentence] = sentences[fault];
  return new CodedError(code, `The topic ${topic} ${sentence}: ${firstLine(thrown)}`, { cause: thrown });
}

const sentences = {
  missing: ['queue_missing', 'does not exist; `terraform apply` makes it, or the set-up of the emulator'],
  denied: ['queue_denied', 'may not be published to; the service account needs roles/pubsub.publisher on it'],
  refused: ['queue_refused', 'did not take a message of ours'],
  unavailable: ['queue_unavailable', 'could not be reached in time'],
} as const;

/** The SDK lists every try it made; the first line says enough. */
export function firstLine(thrown: unknown): string {
  return messageOf(thrown)
    .split(/\n| : Previous errors/, 1)[0]!
    .slice(0, 300);
}
