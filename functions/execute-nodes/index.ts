/** Pub/Sub brings ready nodes. */
export { runNodes as door } from '../../shared/wiring/doors/run-nodes.ts';
