/** The set-up is plain modules that run before anything is built or installed. */
export default {
  displayName: 'setup',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/*.spec.mjs', '<rootDir>/lint-rules/*.spec.mjs', '<rootDir>/deploy-checks/*.spec.mjs'],
  transform: {},
  testTimeout: 180_000, // as in jest.preset.js
  moduleFileExtensions: ['mjs', 'js', 'json'],
};
