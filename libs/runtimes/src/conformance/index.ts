export { replicaRuntimeConformance } from './replica-runtime.conformance.js';
export type { RuntimeUnderTest } from './runtime-under-test.js';
