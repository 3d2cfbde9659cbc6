import { openEntrance } from '../shared/wiring/doors/entrance.ts';

/** The one entrance of every deployed function, since a deployed package has one: FUNCTION_TARGET says which door it is. */
await openEntrance({
  api: () => import('./api/index.ts'),
  'execute-nodes': () => import('./execute-nodes/index.ts'),
  'retry-scheduler': () => import('./retry-scheduler/index.ts'),
  'recovery-sweep': () => import('./recovery-sweep/index.ts'),
  'dead-letters': () => import('./dead-letters/index.ts'),
});
