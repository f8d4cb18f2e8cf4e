import { z } from 'zod';

/** Limits on one GraphQL document. */
export type QueryLimits = {
  /** Length of the document's text; variables do not count. */
  readonly documentCharsMax: number;
  /** Lexical tokens. */
  readonly tokensMax: number;
  /** Fields on the longest path; introspection has a limit of its own. */
  readonly depthMax: number;
  readonly introspectionDepthMax: number;
  /** Lists and objects inside each other in one argument. */
  readonly inputDepthMax: number;
  /** With fragments expanded. */
  readonly aliasesMax: number;
  /** With fragments expanded. */
  readonly rootFieldsMax: number;
  /** Objects an answer may hold, by page sizes asked for; a mutation counts 10. */
  readonly costMax: number;
};

/** Limits on what one client, and all clients together, may hold open. */
export type DoorLimits = {
  readonly bodyBytesMax: number;
  readonly connectionsMax: number;
  readonly subscriptionsMax: number;
  readonly subscriptionsPerConnectionMax: number;
  /** Queries, mutations and subscriptions at once on one WebSocket. */
  readonly operationsPerConnectionMax: number;
  /** To send the request head. */
  readonly headersTimeoutMs: number;
  /** To send the whole request. */
  readonly requestTimeoutMs: number;
  /** For the graph to answer a query or mutation, or to open a subscription. */
  readonly answerTimeoutMs: number;
  /** For a WebSocket client to sign in. */
  readonly signInTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** For running requests to finish when the gateway closes. */
  readonly drainTimeoutMs: number;
};

export type GatewayConfig = {
  readonly host: string;
  readonly port: number;
  readonly queryLimits: QueryLimits;
  readonly doorLimits: DoorLimits;
};

export const defaultQueryLimits: QueryLimits = {
  documentCharsMax: 128 * 1024,
  tokensMax: 5_000,
  depthMax: 12,
  introspectionDepthMax: 20,
  inputDepthMax: 32,
  aliasesMax: 30,
  rootFieldsMax: 20,
  costMax: 25_000,
};

export const defaultDoorLimits: DoorLimits = {
  bodyBytesMax: 2 * 1024 * 1024,
  connectionsMax: 1_000,
  subscriptionsMax: 500,
  subscriptionsPerConnectionMax: 50,
  operationsPerConnectionMax: 100,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  answerTimeoutMs: 60_000,
  signInTimeoutMs: 10_000,
  keepAliveTimeoutMs: 65_000,
  drainTimeoutMs: 10_000,
};

const environment = z.object({
  SLIPWAY_GATEWAY_HOST: z.string().min(1).default('127.0.0.1'),
  SLIPWAY_GATEWAY_PORT: z.coerce.number().int().min(0).max(65_535).default(4_000),
});

/**
 * Where the gateway listens (`SLIPWAY_GATEWAY_HOST`, default 127.0.0.1; `SLIPWAY_GATEWAY_PORT`, default 4000) and its limits.
 * @throws Error with one line that names the variable and what it must be.
 */
export function gatewayConfig(variables: Readonly<Record<string, string | undefined>> = process.env): GatewayConfig {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  }
  return {
    host: parsed.data.SLIPWAY_GATEWAY_HOST,
    port: parsed.data.SLIPWAY_GATEWAY_PORT,
    queryLimits: defaultQueryLimits,
    doorLimits: defaultDoorLimits,
  };
}
