export { accept, fold, impossible, reject, type Decider, type Decision } from './decider.js';
export { afterStep, type Process } from './process.js';
export { canonicalJson } from './canonical-json.js';

export { ACCESS_TOKENS_MAX, access, type AccessCommand, type AccessEvent, type AccessRejection, type AccessState } from './access/access.js';
export { name, type NameCommand, type NameEvent, type NameRejection, type NameState } from './name/name.js';

export { contradictionIn, type RuleContradiction } from './scaling/rule-contradiction.js';
export { evaluateRules, SCALING_COOLDOWN_MS, type KnownRule } from './scaling/evaluate-rules.js';
export type { HeldBack, MeasuredReplicaFigures, RuleFinding, ScaleInputs, ScaleVerdict } from './scaling/scale-evaluation.js';
export { OTHER_EVALUATION_RECORDED_EVERY_MS, SAME_EVALUATION_RECORDED_EVERY_MS, scaling, SCALING_RULES_MAX, type LivingScalingRule, type ScalingState } from './scaling/scaling.js';
export type { ScalingCommand, ScalingEvent, ScalingRejection, ScalingRuleChanges } from './scaling/scaling-events.js';
export {
  SCALING_AGGREGATES,
  SCALING_METRICS,
  SCALING_RULE_DEFAULTS,
  type ScalingAggregate,
  type ScalingMetric,
  type ScalingRule,
} from './scaling/scaling-rule.js';

export { configurationText } from './deployment/configuration.js';
export { registeredRevision } from './deployment/registered-revisions.js';
export { deployment, REVISIONS_PER_DEPLOYMENT_MAX, type DeploymentState, type LivingDeployment } from './deployment/deployment.js';
export type {
  ActivationCause,
  DeploymentCommand,
  DeploymentEvent,
  DeploymentIdentity,
  DeploymentRejection,
  DeploymentSettings,
  RegisteredRevision,
} from './deployment/deployment-events.js';

export { revision, type RevisionCommand, type RevisionEvent, type RevisionRejection, type RevisionState } from './revision/revision.js';
export type {
  ClusterConfig,
  ClusterMode,
  EnvironValue,
  FrozenModelDefinition,
  HealthCheck,
  ImageReference,
  Json,
  JsonObject,
  ModelDefinition,
  ModelRuntimeConfig,
  ModelVFolderConfig,
  Mount,
  MountPermission,
  MountType,
  PreStartAction,
  ResourceConfig,
  RevisionSpec,
  RevisionWarning,
  ServiceConfig,
} from './revision/revision-spec.js';
export { VARIANT_PROFILES, variantProfile, type VariantName, type VariantProfile } from './runtime-variants/variant-profile.js';

export {
  CRASH_LOOP_EXITS_MAX,
  DRAIN_LIMIT_MS,
  replica,
  RESTART_BACKOFF_BASE_MS,
  RESTART_BACKOFF_MAX_MS,
  restartBackoffMs,
  STEADY_AFTER_MS,
  type ReplicaPhase,
  type ReplicaRejection,
  type ReplicaState,
} from './replica/replica.js';
export type { ReplicaCommand, ReplicaErrorData, ReplicaEvent } from './replica/replica-events.js';

export { PROGRESS_DEADLINE_MS, rollout } from './rollout/rollout.js';
export type { AnalysisState, Intervention, RolloutState, Walk } from './rollout/rollout-state.js';
export type { RolloutCommand, RolloutDirection, RolloutEvent, RolloutRejection } from './rollout/rollout-events.js';
export type { RolloutStep } from './rollout/rollout-plan.js';
export { rollingPlan, type RollingStart } from './rollout/rolling-plan.js';
export { compilePlan, type CompiledPlan, type RolloutStart } from './rollout/compile-plan.js';

export { fleetProcess, REPLACEMENT_BACKOFF_BASE_MS, REPLACEMENT_BACKOFF_MAX_MS } from './fleet/fleet-process.js';
export type { Fleet, FleetInput, FleetReplica, FleetReplicaPhase, FleetRollout, FleetTimer } from './fleet/fleet.js';
export type { FleetEffect } from './fleet/fleet-effect.js';

export { deploymentStatus, isLegalStatusChange, sameMirror, sameWeights, STATUS_EDGES } from './status/deployment-status.js';
export type { DeploymentStatus, Mirror, RevisionWeight, StatusCommand, StatusEvent, StatusRejection, StatusState } from './status/deployment-status.js';

export { fencepost, type Fencepost } from './strategy/fencepost.js';
export { parseIntOrPercent, ROLLING_DEFAULTS } from './strategy/deployment-strategy.js';
export { analysisOfTriple, parseStrategy, RETENTION_SECONDS, type StrategyProblem } from './strategy/parse-strategy.js';
export type { CanaryStep, CanaryStepInput } from './strategy/canary-steps.js';
export type {
  BlueGreenConfig,
  CanaryConfig,
  DeploymentStrategy,
  IntOrPercent,
  RollingConfig,
  StrategyConfigInput,
  StrategyType,
} from './strategy/deployment-strategy.js';

export { BYTE_QUANTITY_MAX, parseByteQuantity, type ByteQuantity } from './quantities/resource-quantity.js';
export { mayAdmit, mayBuffer, type AdmissionLimits, type AdmissionLoad } from './routing/admission.js';
export { chooseReplica, chooseReplicaOf, type ReplicaLoad } from './routing/choose-replica.js';
export { countRequest, emptyRetryWindow, RETRY_FLOOR, RETRY_SHARE, RETRY_WINDOW_SECONDS, takeRetry, type RetryWindow } from './routing/retry-budget.js';
export { callerOf, findRoute, fullName, mayUse, visibleRoutes, type Caller } from './routing/route-access.js';
export { DEFAULT_DOMAIN, DEFAULT_STICKINESS, EMPTY_ROUTING_TABLE, indexRoutes } from './routing/routing-table.js';
export { mayPin, pinnedModel, type PinnedModel } from './routing/revision-pin.js';
export type { RoutableReplica, RoutableRevision, Route, RouteMirror, RoutingTable, Stickiness, TokenGrant } from './routing/routing-table.js';
export { bucketOf, bucketsOf, ownerOf, ROUTING_BUCKETS } from './routing/sticky-split.js';
export { splitWords } from './command-line/split-words.js';
export { registrarProcess, RESERVATION_LIMIT_MS, type Registrar, type RegistrarEffect, type RegistrarInput } from './registrar/registrar-process.js';

export { parseDurationMs } from './quantities/duration.js';
export { ANALYSIS_DEFAULTS, analysisIntervalMs, type AnalysisPolicy, type OnNoTraffic } from './analysis/analysis-policy.js';
export type { AnalysisTotal } from './analysis/conditions.js';
export { judge } from './analysis/judge.js';
export type { ConditionJudgement, Judgement, Verdict } from './analysis/judgement.js';
export { addSamples, EMPTY_SAMPLE, requestsOf, type Measurement, type TrafficSample } from './analysis/measurement.js';
export { parseAnalysis, type AnalysisInput, type AnalysisProblem } from './analysis/parse-analysis.js';
export {
  SIMULATED_CANARIES,
  SIMULATED_DURATION_MS,
  SIMULATED_REQUESTS,
  simulateRollouts,
  type RolloutOutcome,
  type RuleResult,
  type SimulatedCanary,
  type SimulatedRollout,
} from './analysis/simulated-rollouts.js';
export { CONFIDENCE_Z, wilsonBounds, type Bounds } from './analysis/wilson.js';
export {
  addLatencies,
  countLatency,
  LATENCY_BOUNDS_MS,
  NO_LATENCIES,
  quantile,
  quantileBounds,
  subtractLatencies,
  totalOf,
  type LatencyCounts,
} from './metrics/latency-counts.js';
export type { TrafficCounts, TrafficKey, TrafficKind, TrafficReport } from './metrics/traffic-report.js';

export type { AnyPureProjection, ColumnValues, PureProjection } from './projections/pure-projection.js';
export { accessTokenRows, toAccessTokenRow, type AccessTokenColumns, type AccessTokenRow } from './projections/access-token-rows.projection.js';
export { deploymentRows, type DeploymentColumns, type DeploymentRow, type DeploymentRowFact } from './projections/deployment-rows.projection.js';
export { revisionRows, type RevisionColumns, type RevisionRow, type RevisionRowFact } from './projections/revision-rows.projection.js';
export { applyToFleet, fleetRows, type FleetRow, type FleetRowFact } from './projections/fleet-rows.projection.js';
export { applyToReplica, replicaRows, type ReplicaColumns, type ReplicaRow } from './projections/replica-rows.projection.js';
export { rolloutRows, type RolloutColumns, type RolloutRow } from './projections/rollout-rows.projection.js';
export type { RecordedFact } from './projections/recorded-fact.js';
export { timelineKey, timelineRows, toTimelineRow, type TimelineColumns, type TimelineRow } from './projections/timeline-rows.projection.js';
export { decisionSentence } from './timeline/decision-sentence.js';
export { factSentence, type SentenceContext } from './timeline/fact-sentence.js';
export { SECRET_SHOWN, shownFact, shownSpec } from './timeline/shown-fact.js';
export { deploymentOf, entityOf, type DeploymentFact, type Entity, type EntityKind, type RecordedDeploymentFact } from './timeline/timeline-fact.js';
export {
  PROXIES_MAX,
  PROXY_SILENCE_MAX_MS,
  BEATS_PER_FULL_REPORT,
  TrafficIncreases,
  trafficKeyText,
  type TrafficIncrease,
} from './metrics/traffic-increases.js';
export { REVISIONS_TOTALLED_MAX, subtractSamples, TrafficTotals } from './metrics/traffic-totals.js';
export { diffRevisions, type RevisionChange } from './revision/revision-diff.js';
export {
  latenciesOf,
  laterEngine,
  NO_ENGINE,
  NO_GAUGES,
  type EngineBucket,
  type EngineGauges,
  type EnginePoint,
} from './metrics/engine-point.js';
export { metricValues, type MetricValues, type ReplicaWindow } from './metrics/metric-values.js';
export { GAUGE_VALID_MS, MetricsBook, POINTS_MAX, SERIES_MAX } from './metrics/metrics-book.js';
export { metricsWindow, ROLLUP_LEVELS, RollupRing, type MetricsWindow, type RollupLevel } from './metrics/rollup-ring.js';
export { NO_TRAFFIC, type TrafficPoint } from './metrics/traffic-point.js';
