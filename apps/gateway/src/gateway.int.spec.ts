import { createLogger } from '@slipway/service';
import { buildSchema, type ExecutionResult } from 'graphql';
import { gatewayConfig } from './config.js';
import { harbour } from './fixtures/fleet.fixture.js';
import { shapes, startFleet, type Fleet } from './fixtures/running-gateway.fixture.js';
import type { SubgraphSource } from './graph/subgraph-source.js';
import { startGateway } from './start-gateway.js';

describe.each(shapes)('the gateway over subgraphs %s', (shape) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(shape);
  });
  afterAll(() => fleet.close());

  it('answers a query that joins fields of two services', async () => {
    expect(await fleet.ask('{ sailorCount ships(limit: 2) { id name launchedAt crew { name } escorts(first: 1) { crew { name } } } }')).toEqual({
      data: {
        sailorCount: 42,
        ships: ['0', '1'].map((id) => ({
          id,
          name: `ship ${id}`,
          launchedAt: '1970-01-01T00:00:00.000Z',
          crew: [{ name: `captain of ${id}` }],
          escorts: [{ crew: [{ name: 'captain of escort-0' }] }],
        })),
      },
    });
  });

  it('tells the service who asks, under which ids', async () => {
    harbour.seen.length = 0;
    const headers = { 'x-request-id': 'request-1', 'x-correlation-id': 'correlation-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const response = await fleet.post({ query: '{ ship(id: "a") { id } }' }, headers);
    expect(response.headers.get('x-request-id')).toBe('request-1');
    await response.json();
    expect(harbour.seen).toHaveLength(1);
    expect(harbour.seen[0]).toMatchObject({
      actor: 'admin',
      requestId: 'request-1',
      correlationId: 'correlation-1',
      traceparent: headers.traceparent,
      idempotencyKey: null,
    });
  });

  it('gives two mutations in one document two command ids under one idempotency key', async () => {
    const query = 'mutation ($i: LaunchInput!) { first: launch(input: $i) launch(input: { name: "b" }) }';
    const response = await fleet.post({ query, variables: { i: { name: 'a' } } }, { 'idempotency-key': 'key-7' });
    expect(await response.json()).toEqual({ data: { first: 'key-7/first by admin', launch: 'key-7/launch by admin' } });
  });

  it('refuses an idempotency key that is not visible ASCII', async () => {
    const response = await fleet.post({ query: '{ sailorCount }' }, { 'idempotency-key': 'x'.repeat(201) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT', problems: [{ field: 'Idempotency-Key' }] } }] });
  });

  it('keeps code, status, fields and problems of a refusal, and what else was asked (X9)', async () => {
    const result = await fleet.ask('{ sailorCount ship(id: "lost") { id } other: ship(id: "bad") { id } }');
    expect(result).toMatchObject({ data: { sailorCount: 42, ship: null, other: null } });
    expect([...(result.errors ?? [])].sort((one, two) => String(two.path).localeCompare(String(one.path)))).toMatchObject([
      { message: 'there is no deployment lost', path: ['ship'], extensions: { code: 'DEPLOYMENT_NOT_FOUND', status: 404, fields: { deploymentId: 'lost' } } },
      { path: ['other'], extensions: { code: 'INVALID_INPUT', status: 422, problems: [{ field: 'id', problem: 'is bad' }] } },
    ]);
  });

  it('masks bugs of a service and logs them under the request id', async () => {
    for (const query of ['{ ship(id: "bug") { id } }', '{ ship(id: "mutiny") { crew { name } } }']) {
      const result = await fleet.ask(query);
      expect(result.errors).toHaveLength(1);
      expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL', status: 500 });
      expect(JSON.stringify(result)).not.toMatch(/hunter2|cabin 7/);
    }
  });

  it('answers malformed values with INVALID_INPUT that names the field', async () => {
    const result = await fleet.ask('mutation ($i: LaunchInput!) { launch(input: $i) }', { i: { name: 'a', environ: '{' } });
    expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', problems: [{ field: 'environ', problem: 'JSONString must hold valid JSON' }] });
    const missing = await fleet.ask('mutation ($i: LaunchInput!) { launch(input: $i) }', { i: {} });
    expect(missing.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each([
    ['{ nonsense }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ ship(', 'GRAPHQL_PARSE_FAILED'],
    ['{ ship { id } }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('says what is wrong with the document %s', async (query, code) => {
    const result = await fleet.ask(query);
    expect(result.errors?.[0]?.extensions).toMatchObject({ code });
    expect(result).not.toHaveProperty('data');
  });

  it('answers introspection', async () => {
    const result = (await fleet.ask('{ __schema { queryType { name } } __type(name: "Ship") { fields { name } } }')) as ExecutionResult<{ __type: { fields: { name: string }[] } }>;
    expect(result.data?.__type.fields.map(({ name }) => name).sort()).toEqual(['crew', 'escorts', 'id', 'launchedAt', 'name']);
  });

  it('refuses to answer a subscription with one result, or in a format it does not speak', async () => {
    const single = await fleet.post({ query: 'subscription { shipSailed { id } }' });
    expect(single.status).toBe(422);
    expect(await single.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT', problems: [{ field: 'accept' }] } }] });
    expect(harbour.watchers.size).toBe(0);
    const unspoken = await fleet.post({ query: '{ sailorCount }' }, { accept: 'text/csv' });
    expect(unspoken.status).toBe(400);
    expect(await unspoken.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT', problems: [{ field: 'accept' }] } }] });
  });

  it('answers each refusal of a document as a whole with a status that says so', async () => {
    const accept = { accept: 'application/graphql-response+json' };
    expect((await fleet.post({ query: '{ nonsense }' }, accept)).status).toBe(400);
    expect((await fleet.post({ query: '{ ship(' }, accept)).status).toBe(400);
    expect((await fleet.post({ query: 'query A { sailorCount } query B { sailorCount }' })).status).toBe(400);
    expect((await fleet.post({ query: '{ ship(id: "lost") { id } }' }, accept)).status).toBe(200);
  });

  it('accepts queries by GET with a preflight header, and mutations by POST only', async () => {
    const get = (query: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${fleet.gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { authorization: 'Bearer slipway_admin_of-this-test', ...headers } });
    expect(await (await get('{ sailorCount }', { 'apollo-require-preflight': '1' })).json()).toEqual({ data: { sailorCount: 42 } });
    expect((await get('{ sailorCount }', {})).status).toBe(400);
    const mutation = await get('mutation { launch(input: { name: "a" }) }', { 'apollo-require-preflight': '1' });
    expect(mutation.status).toBe(405);
  });
});

describe('a gateway whose services change or leave', () => {
  it('answers UNAVAILABLE that names the service it cannot reach, and the rest as ever', async () => {
    const fleet = await startFleet('over HTTP');
    await fleet.services[1]?.close();
    const result = await fleet.ask('{ ship(id: "a") { id crew { name } } }');
    expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', status: 503, fields: { what: 'service crews' } });
    expect(JSON.stringify(result)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
    expect(await fleet.ask('{ ship(id: "a") { name } }')).toEqual({ data: { ship: { name: 'ship a' } } });
    await fleet.close();
  });

  it('does not start when its subgraphs do not compose, and says why', async () => {
    const schema = buildSchema('type Query { a: Int }');
    const subgraph = (name: string, sdl: string) => ({ name, reach: schema, askSdl: async () => ({ sdls: [sdl], failures: [] }) });
    const conflicting = [subgraph('one', 'type Query { a: Thing } type Thing { x: Int }'), subgraph('two', 'type Query { b: Thing } enum Thing { X }')];
    const start = (subgraphs: SubgraphSource[]) =>
      startGateway({ config: { ...gatewayConfig({}), port: 0 }, authenticate: () => 'admin', tokenFile: 'admin-token', subgraphs, logger: createLogger('gateway', { level: 'silent' }) });
    await expect(start(conflicting)).rejects.toThrow('do not compose');
    await expect(start([])).rejects.toThrow('no subgraphs');
  });

  it('takes a changed graph when it polls, and keeps the last good one while it gets none', async () => {
    const polls: string[] = [];
    let sdl = 'type Query { a: Int }';
    const source: SubgraphSource = {
      name: 'one',
      reach: buildSchema('type Query { a: Int b: Int }'),
      askSdl: async () => {
        polls.push(sdl);
        return sdl === '' ? { sdls: [], failures: ['down'] } : { sdls: [sdl], failures: [] };
      },
    };
    const gateway = await startGateway({
      config: { ...gatewayConfig({}), port: 0 },
      authenticate: () => 'admin',
      tokenFile: 'admin-token',
      subgraphs: [source],
      pollIntervalMs: 1,
      logger: createLogger('gateway', { level: 'silent' }),
    });
    const fields = async (): Promise<string> => {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer any' };
      const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: '{ __type(name: "Query") { fields { name } } }' }) });
      const { data } = (await response.json()) as { data: { __type: { fields: { name: string }[] } } };
      return data.__type.fields.map(({ name }) => name).join();
    };
    expect(await fields()).toBe('a');
    sdl = 'type Query { a: Int b: Int }';
    while ((await fields()) !== 'a,b');
    sdl = '';
    const failedBefore = polls.filter((asked) => asked === '').length;
    while (polls.filter((asked) => asked === '').length < failedBefore + 2) expect(await fields()).toBe('a,b');
    expect(await fields()).toBe('a,b');
    await gateway.close();
  });
});
