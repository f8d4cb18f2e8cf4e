export { replicaRuntimeConformance, type RuntimeUnderTest } from './replica-runtime.conformance.js';
