import { adminSettings, clusterSettings, defineSettings, milliseconds, portNumber, text } from '@slipway/service';
import { z } from 'zod';
import type { SubgraphService } from './graph/subgraph-source.js';

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
  /** For a client to take anything at all of what is being sent to it; then it is cut off. */
  readonly stallTimeoutMs: number;
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
  stallTimeoutMs: 60_000,
  drainTimeoutMs: 10_000,
};

/** Where the gateway listens, by default 127.0.0.1:4000, and its limits. */
export function gatewayConfig({ host = '127.0.0.1', port = 4_000 }: { readonly host?: string; readonly port?: number } = {}): GatewayConfig {
  return { host, port, queryLimits: defaultQueryLimits, doorLimits: defaultDoorLimits };
}

const SUBGRAPHS_EXPECTED = 'name=url for each service, separated by commas; several instances of one separated by |';
/** Short of that, services would hardly do anything but tell their schema. */
const POLL_INTERVAL_MIN_MS = 100;

const subgraphServices = z.string().transform((text, context): readonly SubgraphService[] => {
  const services = text.split(',').map((part) => {
    const [, name = '', urls = ''] = /^\s*([a-z][a-z\d-]*)\s*=(.*)$/.exec(part) ?? [];
    return { name, urls: urls.split('|').map((url) => url.trim()) };
  });
  const isWhole = services.every(({ name, urls }) => name !== '' && urls.every((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? '')));
  const isUnique = new Set(services.map(({ name }) => name)).size === services.length;
  if (!isWhole || !isUnique) context.addIssue({ code: 'custom', message: SUBGRAPHS_EXPECTED });
  return services;
});

/** The gateway as a process of its own. */
export const gatewaySettings = defineSettings({
  ...adminSettings,
  SLIPWAY_MASTER_KEY: clusterSettings.SLIPWAY_MASTER_KEY,
  SLIPWAY_INTERNAL_TOKEN: clusterSettings.SLIPWAY_INTERNAL_TOKEN,
  SLIPWAY_GATEWAY_HOST: { ...text, default: '127.0.0.1', describe: 'Address the API is served at' },
  SLIPWAY_GATEWAY_PORT: { ...portNumber, default: 4_000, describe: 'Port the API is served at' },
  SLIPWAY_SUBGRAPHS: {
    schema: subgraphServices,
    expects: SUBGRAPHS_EXPECTED,
    default: 'registry=http://127.0.0.1:4101/graphql,orchestrator=http://127.0.0.1:4102/graphql,metrics=http://127.0.0.1:4103/graphql,autoscaler=http://127.0.0.1:4104/graphql',
    describe: 'The services whose graphs are joined, and where their instances answer',
  },
  SLIPWAY_SUBGRAPH_POLL_MS: { ...milliseconds(POLL_INTERVAL_MIN_MS), default: 5_000, describe: 'How often instances are asked for their schema, and whether they live' },
  SLIPWAY_GATEWAY_CACHE_DIR: { ...text, default: null, describe: 'Folder that keeps the last good graph, for a start while a service is down' },
});

export const processEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
