import { pushDoor } from './push-door.ts';

/** Runs ready nodes and what becomes ready behind them, until nothing is left or the request's time is up. */
export const runNodes = pushDoor(true, ({ production: { invocations, isUnknown }, trace, time }) => ({
  async nodes(nodes, { attributes }) {
    const { until, answerBy } = time();
    await trace.within(attributes['traceparent'], () => invocations.runNodes(nodes, until, answerBy));
    return nodes.some(({ jobId }) => isUnknown(jobId)) ? 'unknownJob' : undefined;
  },
}));
