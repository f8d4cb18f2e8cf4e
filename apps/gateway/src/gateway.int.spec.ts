import type { ExecutionResult } from 'graphql';
import { harbour } from './fixtures/fleet.fixture.js';
import { shapes, startFleet, type Fleet } from './fixtures/running-gateway.fixture.js';

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

  it('accepts queries by GET with a preflight header, and mutations by POST only', async () => {
    const get = (query: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${fleet.gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { authorization: 'Bearer slipway_admin_of-this-test', ...headers } });
    expect(await (await get('{ sailorCount }', { 'apollo-require-preflight': '1' })).json()).toEqual({ data: { sailorCount: 42 } });
    expect((await get('{ sailorCount }', {})).status).toBe(400);
    const mutation = await get('mutation { launch(input: { name: "a" }) }', { 'apollo-require-preflight': '1' });
    expect(mutation.status).toBe(405);
  });
});
