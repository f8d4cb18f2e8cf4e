/** Rollouts: the plan a strategy was compiled to, how far it has come, how it is judged, and who intervened. */
export const rolloutSchema = /* GraphQL */ `
  "PAUSED: by a person. RUNNING may still wait for one: see its step under way."
  enum RolloutStatus { RUNNING PAUSED COMPLETED ROLLING_BACK ROLLED_BACK FAILED SUPERSEDED }
  enum RolloutStepState { PENDING RUNNING DONE SKIPPED }
  enum RolloutAction { PAUSE RESUME PROMOTE PROMOTE_FULL SKIP ABORT }
  enum AnalysisVerdict { PASS FAIL INCONCLUSIVE }
  "What a judgement leads to: watch on, go on to the next step, turn back, or wait for a person."
  enum AnalysisNext { WATCH CONTINUE ABORT HOLD }

  extend type Query {
    rollout(id: ID!): Rollout
    "What activating the revision now would do: the steps, and the replicas it would take at most. Nothing is changed."
    activationPlan(deploymentId: ID!, revisionId: ID!, isRollback: Boolean = false): ActivationPlan!
  }

  type Mutation {
    "Stops it where it is: traffic and replicas stay as they are until it is resumed."
    pauseRollout(input: RolloutCommandInput!): RolloutPayload!
    resumeRollout(input: RolloutCommandInput!): RolloutPayload!
    "Passes the wait under way by (a hold, an analysis); with full, all that is left of them."
    promoteRollout(input: PromoteRolloutInput!): RolloutPayload!
    "Passes the wait under way by without calling it good."
    skipRolloutStep(input: RolloutStepCommandInput!): RolloutPayload!
    "Turns back: all traffic to the previous revision first, then capacity."
    abortRollout(input: RolloutCommandInput!): RolloutPayload!
  }

  input RolloutCommandInput { rolloutId: ID! "Kept in the log, for whoever asks why." reason: String }
  "step: index of the step you saw under way; the command is refused when another one is by now."
  input RolloutStepCommandInput { rolloutId: ID! step: Int reason: String }
  input PromoteRolloutInput { rolloutId: ID! step: Int full: Boolean = false reason: String }
  type RolloutPayload { rollout: Rollout! }

  type ActivationPlan {
    strategy: String!
    "Empty: the revision is active already."
    steps: [RolloutStep!]!
    "Replicas of all revisions together, at its peak; and how many more than there are now."
    peakReplicaCount: Int!
    additionalReplicaCount: Int!
    "What the additional replicas ask for, by the revision's resource slots."
    additionalCpu: Int!
    additionalMemBytes: Float!
    "Replicas of the revision that are ready now: a rollback to them takes one change of weights."
    warmReplicaCount: Int!
  }

  type Rollout {
    id: ID!
    status: RolloutStatus!
    strategy: String!
    targetRevision: ModelRevision
    previousRevision: ModelRevision
    "The way it walks: forward, or, once it turned back, back."
    steps: [RolloutStep!]!
    "Index of the step under way, from 0, in steps; the number of steps once all are done."
    currentStep: Int!
    "The way forward: the same as steps, until it turns back."
    forwardSteps: [RolloutStep!]!
    "Index in forwardSteps of the step it was given up at; that one and those after it stay PENDING. Null: it did not turn back."
    turnedBackAtStep: Int
    stepStartedAt: DateTime!
    "When its revision became the active one; what follows keeps the previous one warm and lets it go."
    promotedAt: DateTime
    "How the newest analysis looks."
    judgement: RolloutJudgement
    interventions: [RolloutIntervention!]!
    reason: String
    startedAt: DateTime!
    endedAt: DateTime
  }
  "type and its value: launch, awaitReady and restore count replicas, drain the remaining ones, setWeight and setMirror percent, hold seconds (null: until promoted)."
  type RolloutStep {
    type: String!
    state: RolloutStepState!
    count: Int
    weightPercent: Float
    mirrorPercent: Float
    remaining: Int
    durationSeconds: Float
    analysis: AnalysisPolicy
  }
  type AnalysisPolicy {
    durationSeconds: Float!
    intervalSeconds: Float!
    "Percent."
    successThreshold: Float!
    minRequests: Int!
    failuresInARowMax: Int!
    extensionsMax: Int!
    onNoTraffic: String!
    compareErrors: Boolean!
    latencyP95MsMax: Float
    latencyP95RatioMax: Float
    timeToFirstTokenP95MsMax: Float
    timeToFirstTokenP95RatioMax: Float
    timePerOutputTokenP95MsMax: Float
    timePerOutputTokenP95RatioMax: Float
  }
  type RolloutJudgement {
    verdict: AnalysisVerdict!
    next: AnalysisNext!
    reason: String!
    conditions: [ConditionJudgement!]!
    canaryRequests: Int!
    stableRequests: Int!
    measuredTo: DateTime!
  }
  "value with its 90 % interval, beside what it is held against; null where too little is known."
  type ConditionJudgement { condition: String! verdict: AnalysisVerdict! value: Float lower: Float upper: Float threshold: Float! requests: Int! }
  type RolloutIntervention { action: RolloutAction! actor: String! reason: String at: DateTime! }
`;
