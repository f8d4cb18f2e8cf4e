import { Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { invalidInput, SlipwayError } from '@slipway/contracts';
import { execute, parse, subscribe, type ExecutionResult } from 'graphql';
import { startService, type RunningService } from '../lifecycle/start-service.js';
import { createLogger } from '../logging/logger.js';
import { toInternalHeaders } from '../request/internal-headers.js';
import { graphQLContext, requestContext } from '../request/request-context.js';
import { liveIterator } from './live-iterator.js';
import { localSchemas } from './local-schemas.js';
import { openSubgraph, type HttpApplication, type Resolvers } from './open-subgraph.js';
import { presentedResult } from './presented-result.js';

const INTERNAL_TOKEN = 'internal-token-of-this-test';
const lines: string[] = [];
const logger = createLogger('test', { destination: { write: (line) => void lines.push(line) } });
let watchers = 0;

type Ship = { readonly id: string; readonly launchedAt: Date };
type LaunchInput = { readonly environ?: string; readonly surge?: number | string; readonly at?: Date; readonly count?: number };

const typeDefs = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  scalar DateTime
  scalar JSONString
  scalar IntOrPercent
  type Query { ship(id: ID!, asOf: DateTime): Ship }
  type Mutation { launch(input: LaunchInput!): String! }
  type Subscription { shipSailed: Ship! }
  type Ship @key(fields: "id") { id: ID! launchedAt: DateTime! captain: String }
  input LaunchInput { environ: JSONString surge: IntOrPercent at: DateTime count: Int }
`;

const resolvers: Resolvers = {
  Query: {
    ship: (_: unknown, { id, asOf }: { id: string; asOf?: Date }): Ship => {
      if (id === 'lost') throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId: id });
      if (id === 'bad') throw invalidInput([{ field: 'id', problem: 'is bad' }]);
      if (id === 'bug') throw new Error('password is hunter2');
      return { id, launchedAt: asOf ?? new Date(0) };
    },
  },
  Mutation: {
    launch: (_: unknown, { input }: { input: LaunchInput }, { request }) => JSON.stringify({ commandId: request.commandId, actor: request.actor, ...input }),
  },
  Subscription: {
    shipSailed: {
      subscribe: () =>
        liveIterator<Ship>((push) => {
          watchers += 1;
          push({ id: 'first', launchedAt: new Date(0) });
          return () => void (watchers -= 1);
        }),
      resolve: (ship: Ship) => ship,
    },
  },
  Ship: {
    __resolveReference: ({ id }: { id: string }): Ship => ({ id, launchedAt: new Date(0) }),
    captain: ({ id }: Ship) => `captain of ${id}`,
  },
};

@Module({})
class ShipsModule implements OnModuleInit, OnModuleDestroy {
  #subgraph: { close(): void } | null = null;

  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const http = this.host.httpAdapter.getInstance<HttpApplication>();
    this.#subgraph = openSubgraph({ subgraph: 'ships', typeDefs, resolvers, internalToken: () => INTERNAL_TOKEN, logger }, http);
  }

  onModuleDestroy(): void {
    this.#subgraph?.close();
  }
}

describe('a subgraph', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService(ShipsModule, { name: 'ships', listen: { host: '127.0.0.1', port: 0 }, logger });
  });
  afterAll(() => service.close());

  const request = () => requestContext('ada', (name) => (name === 'idempotency-key' ? 'key-1' : null));

  const inProcess = async (query: string, variables: Record<string, unknown> = {}): Promise<ExecutionResult> => {
    const schema = localSchemas.get('ships');
    if (schema === undefined) throw new Error('not registered');
    const result = await execute({ schema, document: parse(query), contextValue: graphQLContext(request()), variableValues: variables });
    return JSON.parse(JSON.stringify(presentedResult(result, 'r-1', logger))) as ExecutionResult;
  };

  const overHttp = async (query: string, variables: Record<string, unknown> = {}, headers?: Record<string, string>): Promise<ExecutionResult> => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(headers ?? toInternalHeaders(request(), INTERNAL_TOKEN)) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as ExecutionResult;
  };

  describe.each([
    ['in-process', inProcess],
    ['over HTTP', overHttp],
  ])('%s', (_name, ask) => {
    it('answers queries and resolves entities', async () => {
      expect((await ask('{ ship(id: "a", asOf: "2026-11-20T12:00:00.5Z") { id launchedAt captain } }')).data).toEqual({
        ship: { id: 'a', launchedAt: '2026-11-20T12:00:00.500Z', captain: 'captain of a' },
      });
      const entities = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Ship { id captain } } }';
      expect((await ask(entities, { r: [{ __typename: 'Ship', id: 'b' }] })).data).toEqual({ _entities: [{ id: 'b', captain: 'captain of b' }] });
    });

    it('gives each root mutation field its own command id under the idempotency key', async () => {
      const { data } = await ask('mutation { one: launch(input: {}) launch(input: { surge: "25%" }) }');
      expect(JSON.parse(String(data?.['one']))).toEqual({ commandId: 'key-1/one', actor: 'ada' });
      expect(JSON.parse(String(data?.['launch']))).toEqual({ commandId: 'key-1/launch', actor: 'ada', surge: '25%' });
    });

    it('keeps code, status, fields and problems of a refusal', async () => {
      const [lost] = (await ask('{ ship(id: "lost") { id } }')).errors ?? [];
      expect(lost).toMatchObject({
        message: 'there is no deployment lost',
        path: ['ship'],
        extensions: { code: 'DEPLOYMENT_NOT_FOUND', status: 404, fields: { deploymentId: 'lost' } },
      });
      const [bad] = (await ask('{ ship(id: "bad") { id } }')).errors ?? [];
      expect(bad?.extensions).toMatchObject({ code: 'INVALID_INPUT', status: 422, problems: [{ field: 'id', problem: 'is bad' }] });
    });

    it('answers a bug with INTERNAL and the request id, and logs what broke', async () => {
      lines.length = 0;
      const { errors } = await ask('{ ship(id: "bug") { id } }');
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL', status: 500 });
      expect(JSON.stringify(errors)).not.toContain('hunter2');
      expect(lines.join('')).toContain('hunter2');
    });

    it.each([
      ['query ($asOf: DateTime) { ship(id: "a", asOf: $asOf) { id } }', { asOf: 'yesterday' }, 'asOf', 'DateTime must be'],
      ['mutation ($i: LaunchInput!) { launch(input: $i) }', { i: { environ: '{' } }, 'environ', 'valid JSON'],
      ['mutation ($i: LaunchInput!) { launch(input: $i) }', { i: { surge: '25' } }, 'surge', 'percentage'],
      ['mutation ($i: LaunchInput!) { launch(input: $i) }', { i: { count: 'many' } }, 'count', 'Int cannot represent'],
    ])('refuses malformed values in %s with %j as INVALID_INPUT', async (query, variables, field, problem) => {
      const { errors } = await ask(query, variables);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', problems: [{ field, problem: expect.stringContaining(problem) as string }] });
    });
  });

  it('refuses to open with a resolver that has no field', () => {
    const misspelt = { ...resolvers, Query: { shipp: () => null } };
    expect(() => openSubgraph({ subgraph: 'ships', typeDefs, resolvers: misspelt })).toThrow('Query.shipp');
  });

  it('believes nobody over HTTP without the internal token', async () => {
    const { errors } = await overHttp('{ _service { sdl } }', {}, { 'x-slipway-actor': 'mallory' });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await overHttp('{ _service { sdl } }')).data).toMatchObject({ _service: { sdl: expect.stringContaining('type Ship') as string } });
  });

  it('lets go of a subscription at once when its reader leaves, though no event came', async () => {
    const schema = localSchemas.get('ships');
    if (schema === undefined) throw new Error('not registered');
    const result = await subscribe({ schema, document: parse('subscription { shipSailed { id } }'), contextValue: graphQLContext(request()) });
    const stream = presentedResult(result, 'r-1', logger) as AsyncIterableIterator<ExecutionResult>;
    expect((await stream.next()).value).toMatchObject({ data: { shipSailed: { id: 'first' } } });
    const waiting = stream.next();
    expect(watchers).toBe(1);
    await stream.return?.();
    expect(watchers).toBe(0);
    expect(await waiting).toMatchObject({ done: true });
  });
});
