const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/jest-strip-types.mjs' },
};

// Jest runs the setup of a project only when one of its tests is to run: whoever touches no cloud test starts no emulator.
export default {
  projects: [
    {
      ...common,
      displayName: 'embedded',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.cloud\\.test\\.ts$'],
    },
    {
      ...common,
      displayName: 'cloud',
      testMatch: ['<rootDir>/test/**/*.cloud.test.ts'],
      globalSetup: '<rootDir>/test/support/jest-emulators-up.mjs',
      globalTeardown: '<rootDir>/test/support/jest-emulators-down.mjs',
    },
  ],
};
