/** Pub/Sub brings what it gave up to deliver. */
export { buryMessages as door } from '../../shared/wiring/doors/bury-messages.ts';
