import { messageOf } from '../../shared/core/error.ts';
import { redisMissing, startRedis } from './a-redis.ts';

/** Once for all Redis tests of a run; the workers that jest starts afterwards inherit the environment. */
let close = async (): Promise<void> => {};

const variables = ['TEST_REDIS_URL', 'TEST_REDIS_MISSING', 'TEST_REDIS_BROKEN'];

/** Never throws, for that would end the run of all other tests too. */
export async function startForTests(): Promise<void> {
  for (const name of variables) delete process.env[name];
  try {
    const missing = await redisMissing();
    if (missing !== undefined) return tellAbsence(missing);
    const redis = await startRedis();
    close = redis.close;
    process.env['TEST_REDIS_URL'] = redis.url;
  } catch (thrown) {
    process.env['TEST_REDIS_BROKEN'] = messageOf(thrown);
  }
}

export async function stopAfterTests(): Promise<void> {
  await close();
  for (const name of variables) delete process.env[name];
}

function tellAbsence(missing: string): void {
  process.env['TEST_REDIS_MISSING'] = missing;
  process.stderr.write(`\nThe Redis tests are SKIPPED: ${missing}\n\n`);
}
