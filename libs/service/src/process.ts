/** What a process needs that is no Nest application: without it, some 50 MB that the data plane does without. */
export { defineSettings, type Setting, type SettingDefinitions, type SettingValues } from './settings/setting.js';
export { milliseconds, oneOf, onOrOff, portNumber, ratio, text, token, url, urls, wholeNumber } from './settings/value-schemas.js';
export { adminSettings, clusterSettings, commonSettings } from './settings/setting-groups.js';
export { runServiceProcess, type ServiceProcessOptions, type ServiceValues } from './lifecycle/run-service-process.js';
export type { RunningParts, ServiceContext } from './lifecycle/service-life.js';
export { untilReachable, type ReachOptions } from './lifecycle/until-reachable.js';
export { Readiness, type ReadinessCheck } from './health/readiness.js';
export { createLogger, type Logger } from './logging/logger.js';
export { derivedKey, replicaKey } from './secrets/master-key.js';
export { currentTraceparent, inSpan, markFailed, startSpan, withSpan, type SpanSetup } from './telemetry/with-span.js';
export { counter, durationHistogram, observeGauge, type Measurement } from './telemetry/instruments.js';
