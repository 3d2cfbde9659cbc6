import type { PushDoor } from '../../adapters/pubsub/topology.ts';

export type DoorName = 'api' | PushDoor;

export const doorNames: readonly DoorName[] = [
  'api',
  'execute-nodes',
  'retry-scheduler',
  'recovery-sweep',
  'dead-letters',
];
