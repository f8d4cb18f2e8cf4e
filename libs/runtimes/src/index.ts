export {
  EXIT_NOTICE_MAX_MS,
  LOG_LINE_MAX_CHARS,
  type LaunchOutcome,
  type LaunchRequest,
  type LogLine,
  type LogPage,
  type LogRead,
  type Placement,
  type ReplicaObservation,
  type ReplicaRuntime,
} from './replica-runtime.js';
export { maskOf, renderPreview, secretMask, type EngineCommand, type EngineOutcome, type EngineRefusal, type SecretMask } from './engine-command.js';
export { createMemoryReplicaRuntime, type MemoryEngines, type MemoryReplicaRuntimeOptions } from './memory-replica-runtime.js';
export { LocalProcessRuntime, type LocalProcessRuntimeOptions } from './local-process/local-process-runtime.js';
export { buildEngineCommand, readinessOf } from './engines/build-engine-command.js';
export { engineSecrets, inheritedEnviron, type EngineContext } from './engines/engine-context.js';
export { CONNECT_CHECK, probeHealth, type HealthProberOptions } from './health/health-prober.js';
export type { HealthVerdict } from './health/health-verdict.js';
