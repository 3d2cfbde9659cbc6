/** Raised when an older reader would misread a message. A reader takes every schema up to its own. */
export const messageSchema = 1;

export type Message = NodesMessage | AlarmsMessage | { readonly kind: 'tick' };

/** Ready nodes of one job that have a priority and a parcel in common. */
export interface NodesMessage {
  readonly kind: 'nodes';
  readonly jobId: string;
  readonly nodes: readonly (readonly [node: number, attempt: number])[];
  readonly priority: number;
  readonly parcel?: string;
}

export interface AlarmsMessage {
  readonly kind: 'alarms';
  readonly alarms: readonly (readonly [jobId: string, at: number])[];
}

export interface Alarm {
  readonly jobId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export function encodeMessage(message: Message): string {
  return JSON.stringify({ schema: messageSchema, ...message });
}
