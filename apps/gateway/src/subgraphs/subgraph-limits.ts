/** How long the instances of a service may take, and how much they may answer. Times in milliseconds. */
export type SubgraphLimits = {
  /** To take a connection. */
  readonly connectTimeoutMs: number;
  /** For one instance to answer a query; then the next one is asked. */
  readonly queryAttemptTimeoutMs: number;
  /** For a query to be answered at all, however many instances are asked. */
  readonly queryTimeoutMs: number;
  /** For a mutation to be answered. Its instance may still be at work when this is over, so no other one is asked then. */
  readonly mutationTimeoutMs: number;
  /** For an instance that failed lately to answer a query: it is asked only when no other one is left. */
  readonly probationTimeoutMs: number;
  /** To tell the schema; also tells whether an instance lives. */
  readonly sdlTimeoutMs: number;
  /** How long an instance that failed is asked last; it is asked as ever as soon as it tells its schema again. */
  readonly endpointCoolDownMs: number;
  /** How long a subscription's source may send nothing. Services send a sign of life every 12 s. */
  readonly silenceMaxMs: number;
  /** One answer, or one event of a subscription. */
  readonly answerBytesMax: number;
  /** Kept-alive connections to one instance; subscriptions have connections of their own. */
  readonly connectionsPerEndpointMax: number;
};

export const defaultSubgraphLimits: SubgraphLimits = {
  connectTimeoutMs: 2_000,
  queryAttemptTimeoutMs: 10_000,
  queryTimeoutMs: 20_000,
  mutationTimeoutMs: 30_000,
  probationTimeoutMs: 1_000,
  sdlTimeoutMs: 5_000,
  endpointCoolDownMs: 15_000,
  silenceMaxMs: 40_000,
  answerBytesMax: 32 * 1024 * 1024,
  connectionsPerEndpointMax: 256,
};
