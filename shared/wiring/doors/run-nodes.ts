import { pushDoor } from './push-door.ts';

/** Runs ready nodes and what becomes ready behind them, until nothing is left or the request's time is up. */
export const runNodes = pushDoor(true, ({ production: { invocations, isUnknown }, trace, until }) => ({
  async nodes(nodes, { attributes }) {
    await trace.within(attributes['traceparent'], () => invocations.runNodes(nodes, until()));
    return nodes.some(({ jobId }) => isUnknown(jobId)) ? 'unknownJob' : undefined;
  },
}));
