/** When a call that takes long is made a second time, so that one slow answer in twenty keeps nobody waiting. */
export { createHedgeCredit, type HedgeCredit } from './credit.ts';
export { createLatencyWindow, type LatencyWindow, latencyBounds } from './latency-window.ts';
export { defaultHedgeRules, type HedgeRules, type HedgeSpec, hedgeFaults, hedgeRules } from './spec.ts';
