import type { HttpFunction } from '@google-cloud/functions-framework';
import type { Production } from '../production.ts';
import type { CloudLog } from './cloud-log.ts';
import type { Trace } from './trace.ts';

/** What a door works with once its instance is up. */
export interface DoorRoom {
  readonly production: Production;
  readonly log: CloudLog;
  readonly trace: Trace;
  readonly version: string;
  /** How long a request may take, less what is needed to end it well. */
  readonly workMs: number;
  /** After this a request is answered, whatever is still to be stored. */
  readonly answerMs: number;
}

/** A deployed function: how much it runs at once, and what it does with a request. */
export interface Door {
  /** Whether attempts are made here. */
  readonly executes: boolean;
  open(room: DoorRoom): HttpFunction | Promise<HttpFunction>;
}
