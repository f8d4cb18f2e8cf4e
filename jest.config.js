/** As in jest.preset.js. */
const TEST_TIMEOUT_MS = 180_000;

/** All projects in one run: one pool of workers, one total. */
export default {
  projects: ['<rootDir>/libs/*', '<rootDir>/apps/*', '<rootDir>/tools/*'],
  testTimeout: TEST_TIMEOUT_MS,
  // Modules loaded by the ESM loader are never unloaded; a worker that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
};
