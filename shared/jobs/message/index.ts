/**
 * What travels between instances, as text: ids only, never a spec or a result, for a message is an alarm clock and the truth is in
 * the store. A message may therefore be lost, doubled, late or unreadable, and the worst that comes of it is time.
 */
export { decodeMessage, type Unreadable } from './decode.ts';
export { messageLimits } from './limits.ts';
export { type Alarm, type AlarmsMessage, encodeMessage, type Message, type NodesMessage } from './message.ts';
export { packAlarms, packNodes, type ReadyNodeName, unpackAlarms, unpackNodes } from './pack.ts';
