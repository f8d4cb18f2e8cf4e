export { startProxy, type ProxyOptions, type RunningProxy } from './proxy.js';
export { DEFAULT_LIMITS, type ProxyLimits } from './limits.js';
export type { CaughtUp, FactSource, PassedPosition, RoutingFact, SourcedFact } from './fact-source.js';
export { RoutingTableProjection } from './routing-table.projection.js';
export type { ProxyReport, ProxyReporter } from './proxy-reporter.js';
export type { ReplicaTally } from './live-replicas.js';
export { jsonLinesLog, type ProxyLog } from './proxy-log.js';
export { OPENAI_ERRORS, type OpenAiErrorName } from './openai-errors.js';
export type { ForwardEngine, ForwardEngineFactory } from './forward-engine.js';
