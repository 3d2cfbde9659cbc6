import { randomUUID } from 'node:crypto';
import { afterAll, describe, jest, test } from '@jest/globals';
import { createMachineClock } from '../../shared/adapters/machine/clock.ts';
import { machineRandom } from '../../shared/adapters/machine/random.ts';
import { openRedis, type RedisLink, type RedisOptions } from '../../shared/adapters/redis/connect.ts';

/** For `*.redis.test.ts` only: jest starts a redis-server before such a file, and says here why there is none. */
const missing = process.env['TEST_REDIS_MISSING'];
const broken = process.env['TEST_REDIS_BROKEN'];

/** A real server is waited for, on a machine that may be busy. */
const testMsMost = 30_000;

/** A group of tests on a real Redis. Where it cannot be had it is skipped, and its title says why; where it does not start it fails. */
export function describeRedis(name: string, body: () => void): void {
  jest.setTimeout(testMsMost);
  if (missing !== undefined) describe.skip(`${name} (skipped: ${missing})`, body);
  else if (broken === undefined) describe(name, body);
  else
    describe(name, () => {
      test('redis-server starts', () => {
        throw new Error(broken);
      });
    });
}

/** Of the server that all tests share. */
export function redisUrl(): string {
  const url = process.env['TEST_REDIS_URL'] ?? (missing === undefined ? undefined : 'redis://127.0.0.1:1');
  if (url === undefined) throw new Error('TEST_REDIS_URL is not set: a test that needs it is named *.redis.test.ts');
  return url;
}

/** A name that no other test has, to go in front of its own. */
export function uniqueName(): string {
  return `test-${randomUUID().slice(0, 18)}`;
}

const patience = { connectMs: 10_000, commandMs: 10_000 };

const links: RedisLink[] = [];
afterAll(async () => {
  await Promise.all(links.splice(0).map((link) => link.close()));
});

/** A link that the end of the file closes. It is patient, since a machine that does much beside is no fault of what is tested. */
export function openTestLink(url = redisUrl(), options: Partial<RedisOptions> = {}): RedisLink {
  const link = openRedis({
    url,
    clock: createMachineClock(),
    random: machineRandom,
    report: () => {},
    ...patience,
    ...options,
  });
  links.push(link);
  return link;
}
