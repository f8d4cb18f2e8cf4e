export {
  EXIT_NOTICE_MAX_MS,
  type LaunchOutcome,
  type LaunchRequest,
  type Placement,
  type ReplicaObservation,
  type ReplicaRuntime,
} from './replica-runtime.js';
export { renderPreview, secretMask, type EngineCommand, type EngineOutcome, type EngineRefusal } from './engine-command.js';
export { createMemoryReplicaRuntime, type MemoryEngines, type MemoryReplicaRuntimeOptions } from './memory-replica-runtime.js';
export { LocalProcessRuntime, type LocalProcessRuntimeOptions } from './local-process/local-process-runtime.js';
export { buildEngineCommand, readinessOf } from './engines/build-engine-command.js';
export { inheritedEnviron, type EngineContext } from './engines/engine-context.js';
export { CONNECT_CHECK, probeHealth, type HealthProberOptions } from './health/health-prober.js';
export type { HealthVerdict } from './health/health-verdict.js';
