import { expect, test } from '@jest/globals';
import { peerAbsence } from './absence.ts';

test('a machine without Redis is told the command that brings it', () => {
  expect(peerAbsence({ PATH: '/nowhere' })).toMatch(/`redis-server`.*apt-get install redis-server/);
});
