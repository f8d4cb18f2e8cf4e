/** Real servers and processes take their time on slow and busy machines; a test that hangs still ends. */
const TEST_TIMEOUT_MS = 180_000;

/** One preset for every project: ESM, SWC with decorator metadata, workspace sources without a build. */
export default {
  testEnvironment: 'node',
  testTimeout: TEST_TIMEOUT_MS,
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts'],
  // End-to-end tests use every core themselves: `npm test` runs them afterwards, one at a time.
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.e2e\\.spec\\.ts$'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
