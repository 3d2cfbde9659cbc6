import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { messageOf } from '../../shared/core/error.ts';
import { readEmulatorWishes } from '../../shared/wiring/config.ts';
import { openEmulators } from '../../shared/wiring/emulators/open-emulators.ts';

/** Once for all cloud tests of a run; the workers that jest starts afterwards inherit the environment. */
let close = async (): Promise<void> => {};

const variables = [
  'FIRESTORE_EMULATOR_HOST',
  'PUBSUB_EMULATOR_HOST',
  'TEST_EMULATORS_MISSING',
  'TEST_EMULATORS_BROKEN',
];
const before = variables.map((name) => [name, process.env[name]] as const);

/** Never throws, for that would end the run of all other tests too. */
export async function startForTests(): Promise<void> {
  try {
    const opened = await openEmulators(createMachineClock(), ['firestore', 'pubsub'], readEmulatorWishes());
    if (opened.kind === 'missing') return tellAbsence(opened.faults);
    close = opened.close;
    process.env['FIRESTORE_EMULATOR_HOST'] = opened.hosts.firestore;
    process.env['PUBSUB_EMULATOR_HOST'] = opened.hosts.pubsub;
  } catch (thrown) {
    process.env['TEST_EMULATORS_BROKEN'] = messageOf(thrown);
  }
}

export async function stopAfterTests(): Promise<void> {
  await close();
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
}

function tellAbsence(faults: readonly string[]): void {
  process.env['TEST_EMULATORS_MISSING'] = faults.join(' ');
  process.stderr.write(`\nThe cloud tests are SKIPPED:\n${faults.map((fault) => `  ${fault}\n`).join('')}\n`);
}
