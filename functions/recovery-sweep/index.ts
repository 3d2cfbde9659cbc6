/** Cloud Scheduler's tick, by Pub/Sub, once a minute. */
export { sweepStore as door } from '../../shared/wiring/doors/sweep-store.ts';
