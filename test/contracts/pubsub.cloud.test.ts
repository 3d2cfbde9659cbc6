import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { createMachineTimers } from '../../shared/adapters/machine/timers.ts';
import { createPubSubQueue } from '../../shared/adapters/pubsub/node-queue.ts';
import { createPubSubTimers } from '../../shared/adapters/pubsub/timers.ts';
import type { NodeMessage } from '../../shared/ports/index.ts';
import { aProject } from '../adapters/pubsub/a-project.ts';
import { until } from '../adapters/pubsub/until.ts';
import { describeCloud } from '../support/emulators.ts';
import { describeNodeQueue } from './node-queue.suite.ts';
import { describeTimers } from './timers.suite.ts';

describeCloud("Pub/Sub on Google's emulator", () => {
  describeNodeQueue('the Pub/Sub queue', async () => {
    const delivered: NodeMessage[] = [];
    const project = await aProject({ 'execute-nodes': { nodes: async (nodes) => void delivered.push(...nodes) } });
    return {
      queue: createPubSubQueue(project.publisher),
      delivered: () => delivered,
      untilDelivered: (count) => until(() => delivered.length >= count),
      close: project.close,
    };
  });

  describeTimers('Pub/Sub and the door that holds', async () => {
    const clock = createMachineClock();
    const held = createMachineTimers(clock);
    const project = await aProject({
      'retry-scheduler': {
        async alarms(alarms) {
          for (const { jobId, at } of alarms) held.set(jobId, at);
        },
      },
    });
    const told = createPubSubTimers(project.publisher, { clock, onFailure: (error) => Promise.reject(error) });
    return {
      timers: {
        ...told,
        onAlarm: held.onAlarm,
        stop() {
          told.stop();
          held.stop();
        },
      },
      now: clock.now,
      advance: (ms) => clock.sleep(ms),
      stepMs: 25,
      close: project.close,
    };
  });
});
