/** Pub/Sub brings alarms that are due soon. */
export { ringAlarms as door } from '../../shared/wiring/doors/ring-alarms.ts';
