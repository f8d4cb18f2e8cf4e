const MEASURES = `
    "Being answered by the engine, as it tells."
    requestsRunning: Float
    "Waiting in the engine, as it tells."
    requestsWaiting: Float
    "Share of the key-value cache in use, 0 to 1."
    kvCacheUsage: Float
    "To the first byte of a streamed answer; where none was streamed, to the first token as the engine tells."
    ttftP50Ms: Float
    ttftP95Ms: Float
    ttftP99Ms: Float
    "Between two tokens of an answer."
    tpotP50Ms: Float
    tpotP95Ms: Float
    tpotP99Ms: Float
    "From a request's arrival to the end of its answer, successes only."
    latencyP50Ms: Float
    latencyP95Ms: Float
    latencyP99Ms: Float
    "As the engine counts, copies of requests included; of engines that do not, of the answers that ended."
    promptTokensPerSecond: Float
    generationTokensPerSecond: Float
    "Share of prompt tokens that were found in the prefix cache, 0 to 1."
    prefixCacheHitRate: Float
    "Share of failures among successes and failures, 0 to 1; unknown without any."
    errorRate: Float
    successRate: Float
    "Of all requests, those included that were refused for what the client sent or left before the first byte."
    requestsPerSecond: Float
    "At the proxies, at this instant."
    inFlight: Float
    "Share of all processors of the machine, 0 to 1; of engines on this machine."
    cpuUtilization: Float
    memoryUsedBytes: Float
    "Share, 0 to 1."
    gpuUtilization: Float
    gpuMemoryUsedBytes: Float`;

/** The metrics service's part of the graph: what was measured. */
export const metricsSchema = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  scalar DateTime

  "MIRRORED: copies of requests, whose answers nobody sees."
  enum TrafficKind { SERVED MIRRORED }

  type Query {
    "What was measured in a range of time, an entry for each step; without a filter the last five minutes in steps of five seconds."
    deploymentMetrics(id: ID!, filter: DeploymentMetricsFilter): [DeploymentMetrics!]!
  }

  type Subscription {
    "What was measured in the last ten seconds, each second, until the deployment is deleted."
    metricsUpdated(deploymentId: ID!): DeploymentMetrics!
  }

  input DeploymentMetricsFilter {
    "Default: five minutes before \`to\`."
    from: DateTime
    "Default: now."
    to: DateTime
    "Default: a sixtieth of the range. Seconds are kept for ten minutes, tens of seconds for two hours, minutes for a day: steps that reach further back are as long as those."
    stepSeconds: Int
    replicaId: ID
    revisionId: ID
  }

  type DeploymentMetrics {
    "End of the step."
    timestamp: DateTime!
    stepSeconds: Float!
    "By replica, requests served and copies apart."
    replicaMetrics: [ReplicaMetric!]!
    "By revision: sums of loads and rates, quantiles over all requests, the mean of utilisation and the fullest cache."
    revisionMetrics: [RevisionMetric!]!
  }

  "Null: nobody knows. 0 is 0."
  type ReplicaMetric {
    replicaId: ID!
    replicaName: String!
    revisionId: ID!
    kind: TrafficKind!
    timestamp: DateTime!${MEASURES}
  }

  type RevisionMetric {
    revisionId: ID!
    kind: TrafficKind!
    timestamp: DateTime!${MEASURES}
  }
`;
