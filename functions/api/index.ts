/** The HTTP API, for clients and operators. */
export { serveRequests as door } from '../../shared/wiring/doors/serve-requests.ts';
