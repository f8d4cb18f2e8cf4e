/** The autoscaler's part of the graph: how many. */
export const autoscalerSchema = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible"])

  scalar DateTime

  "How the replicas' figures become the one that is compared with the thresholds."
  enum ScalingAggregate { AVG MIN MAX SUM P95 }
  enum ThresholdSide { ABOVE BELOW }

  "Why a rule whose threshold is crossed asks for nothing."
  enum HeldBack {
    "It is too soon after it, or another rule of the deployment, changed something."
    COOLDOWN
    AT_MAX_REPLICAS
    AT_MIN_REPLICAS
    "What was asked for before is not ready yet, and may be enough."
    REPLICAS_STARTING
    "Nothing is taken away during a rollout."
    ROLLOUT
    "With fewer replicas a rule would ask for more again."
    WOULD_RISE_AGAIN
    "Of a replica nobody knows the figure: it might be the busy one."
    FIGURES_MISSING
    "Another rule asks for more."
    OUTBID
  }

  type Mutation {
    createAutoScalingRule(input: CreateAutoScalingRuleInput!): CreateAutoScalingRulePayload!
    "Changes what is given."
    updateAutoScalingRule(input: UpdateAutoScalingRuleInput!): UpdateAutoScalingRulePayload!
    deleteAutoScalingRule(input: DeleteAutoScalingRuleInput!): DeleteAutoScalingRulePayload!
  }

  type ModelDeployment @key(fields: "id instant") {
    id: ID!
    instant: String!
    "What its auto-scaling rules found, and why they did or did not scale; newest first. Of those that changed nothing one is kept every ten seconds, of those that found the same one a minute."
    scaleEvaluations(limit: Int = 20): [ScaleEvaluation!]
  }

  type ReplicaManagement @key(fields: "id instant") {
    id: ID! @inaccessible
    instant: String! @inaccessible
    autoScalingRules: [AutoScalingRule!]!
  }

  type AutoScalingRule {
    id: ID!
    "A field of ReplicaMetric."
    metricType: String!
    "The upper one, or the lower one where there is no other."
    threshold: Float!
    aggregate: ScalingAggregate!
    "Below it, stepSize replicas fewer are asked for."
    minThreshold: Float
    "Above it, stepSize replicas more are asked for."
    maxThreshold: Float
    stepSize: Int!
    "Seconds for which it rests after it changed something."
    timeWindow: Int!
    minReplicas: Int!
    maxReplicas: Int!
    enabled: Boolean!
    createdAt: DateTime!
    lastTriggeredAt: DateTime
  }

  type ScaleEvaluation {
    at: DateTime!
    "Replicas that were asked for."
    desired: Int!
    "Of them, those on the way."
    starting: Int!
    duringRollout: Boolean!
    "Replicas asked for from then on."
    decided: Int!
    "Null: nothing changed, or the rules' bounds decided."
    decidedByRuleId: ID
    findings: [ScaleFinding!]!
  }

  "What a rule, as it stood then, found."
  type ScaleFinding {
    ruleId: ID!
    metricType: String!
    aggregate: ScalingAggregate!
    minThreshold: Float
    maxThreshold: Float
    "Null: unknown."
    value: Float
    crossed: ThresholdSide
    "Replicas it asked for."
    asks: Int
    heldBack: HeldBack
  }

  input CreateAutoScalingRuleInput {
    deploymentId: ID!
    "A field of ReplicaMetric, such as inFlight, requestsWaiting, ttftP95Ms, kvCacheUsage or cpuUtilization."
    metricType: String!
    aggregate: ScalingAggregate = AVG
    minThreshold: Float
    maxThreshold: Float
    stepSize: Int = 1
    timeWindow: Int = 60
    minReplicas: Int = 1
    maxReplicas: Int = 10
    enabled: Boolean = true
  }

  input UpdateAutoScalingRuleInput {
    deploymentId: ID!
    id: ID!
    metricType: String
    aggregate: ScalingAggregate
    "Null takes it away."
    minThreshold: Float
    "Null takes it away."
    maxThreshold: Float
    stepSize: Int
    timeWindow: Int
    minReplicas: Int
    maxReplicas: Int
    enabled: Boolean
  }

  input DeleteAutoScalingRuleInput { deploymentId: ID! id: ID! }

  type CreateAutoScalingRulePayload { rule: AutoScalingRule! }
  type UpdateAutoScalingRulePayload { rule: AutoScalingRule! }
  type DeleteAutoScalingRulePayload { deletedId: ID! }
`;
