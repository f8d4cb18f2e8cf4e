/** Strategies: the triples of S1, and what is theirs beyond. */
export const strategySchema = /* GraphQL */ `
  type RollingConfig { maxSurge: IntOrPercent! maxUnavailable: IntOrPercent! progressDeadlineSeconds: Int }
  type BlueGreenConfig {
    autoPromotionEnabled: Boolean!
    "Seconds green is ready before it is promoted by itself."
    autoPromotionSeconds: Int
    "Seconds blue stays warm after the switch: going back to it takes one change of weights."
    terminationWaitTime: Int!
    "Judges green once it has all requests."
    analysis: JSONString
    progressDeadlineSeconds: Int
  }
  "The triple, or steps; the other is null."
  type CanaryConfig {
    canaryPercentage: Int
    canaryDuration: String
    "Percent."
    successThreshold: Float
    analysis: JSONString
    "As they were given, in the words of Argo Rollouts."
    steps: JSONString
    "Seconds the old revision stays warm after the promotion."
    terminationWaitTime: Int
    progressDeadlineSeconds: Int
  }

  input StrategyConfigInput {
    maxSurge: IntOrPercent
    maxUnavailable: IntOrPercent
    "Whole percent of the requests, 1 to 99."
    canaryPercentage: Int
    "Such as 30m: how long it is analysed at that share."
    canaryDuration: String
    "Percent of its requests that must succeed."
    successThreshold: Float
    "Instead of the triple: what to do, step by step."
    steps: [CanaryStepInput!]
    analysis: AnalysisInput
    autoPromotionEnabled: Boolean
    autoPromotionSeconds: Int
    terminationWaitTime: Int
    "A step that makes no progress for so long turns the rollout back; 600 unless given."
    progressDeadlineSeconds: Int
  }
  "Exactly one of its fields."
  input CanaryStepInput {
    "Percent of the requests."
    setWeight: Int
    pause: PauseInput
    analysis: AnalysisInput
    setCanaryScale: CanaryScaleInput
    "Percent of the requests that are copied to the canary, whose answers nobody sees."
    setMirror: Int
  }
  "Without a duration: until it is promoted."
  input PauseInput { duration: String }
  input CanaryScaleInput { replicas: Int! }
  "What to do when an analysis, extended as far as it may be, has too little to judge by."
  enum OnNoTraffic { HOLD PROMOTE ABORT }
  input AnalysisInput {
    duration: String
    interval: String
    "Percent of its requests that must succeed."
    successThreshold: Float
    "20 unless given: with fewer it is held, not judged."
    minRequests: Int
    "5 unless given: so many failures in a row turn it back at once."
    failuresInARowMax: Int
    extensionsMax: Int
    onNoTraffic: OnNoTraffic
    "It fails if it errs more often than the stable revision in the same time."
    compareErrors: Boolean
    latencyP95MsMax: Float
    latencyP95RatioMax: Float
    timeToFirstTokenP95MsMax: Float
    timeToFirstTokenP95RatioMax: Float
    timePerOutputTokenP95MsMax: Float
    timePerOutputTokenP95RatioMax: Float
  }
`;
