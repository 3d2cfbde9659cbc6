const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/jest-strip-types.mjs' },
};

// Jest runs the setup of a project only when one of its tests is to run: whoever touches no cloud test starts no emulator, and no Redis likewise.
export default {
  // Nothing is proven by a clock here: a machine that is busy has time.
  testTimeout: 20_000,
  projects: [
    {
      ...common,
      displayName: 'embedded',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(?:cloud|redis)\\.test\\.ts$'],
    },
    {
      ...common,
      displayName: 'cloud',
      testMatch: ['<rootDir>/test/**/*.cloud.test.ts'],
      globalSetup: '<rootDir>/test/support/jest-emulators-up.mjs',
      globalTeardown: '<rootDir>/test/support/jest-emulators-down.mjs',
    },
    {
      ...common,
      displayName: 'redis',
      testMatch: ['<rootDir>/test/**/*.redis.test.ts'],
      globalSetup: '<rootDir>/test/support/jest-redis-up.mjs',
      globalTeardown: '<rootDir>/test/support/jest-redis-down.mjs',
    },
  ],
};
