import { createLogger } from '@slipway/service';
import { createClient } from 'graphql-ws';
import type { ExecutionResult } from 'graphql';
import { WebSocket } from 'ws';
import { defaultQueryLimits, gatewayConfig, type QueryLimits } from './config.js';
import { openDeploymentSubgraphs } from './fixtures/deployment-graph.fixture.js';
import { startGateway } from './start-gateway.js';

type Running = { readonly url: string; ask(body: object): Promise<ExecutionResult>; close(): Promise<void> };

async function start(limits: Partial<QueryLimits> = {}): Promise<Running> {
  const subgraphs = openDeploymentSubgraphs();
  const gateway = await startGateway({
    config: { ...gatewayConfig({ port: 0 }), queryLimits: { ...defaultQueryLimits, ...limits } },
    authenticate: () => 'admin',
    tokenFile: 'admin-token',
    subgraphs: subgraphs.sources,
    logger: createLogger('gateway', { level: 'silent' }),
  });
  return {
    url: gateway.url,
    ask: async (body) => {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer any' };
      const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await response.json()) as ExecutionResult;
    },
    close: async () => {
      await gateway.close();
      subgraphs.close();
    },
  };
}

describe('documents in the spelling of the examples, through the gateway (X1, X3)', () => {
  let gateway: Running;
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => gateway.close());

  it('are answered under the keys they name, the first time and from the cache', async () => {
    const query = `{ deployment(id: "a") {
      deploymentStrategy { type config }
      how: deploymentStrategy { what: config ... on DeploymentStrategy { typed: config { ... on CanaryConfig { canaryPercentage } } } }
      revision { modelRuntimeConfig { serviceConfig } }
      revisionHistory(first: 1, orderBy: { field: CREATED_AT, direction: DESC }) { edges { node { id modelRuntimeConfig { serviceConfig } } } pageInfo { hasNextPage } }
      list: revisionHistory { id }
    } }`;
    const serviceConfig = '{"maxModelLength":4096}';
    const answer = {
      data: {
        deployment: {
          deploymentStrategy: { type: 'CANARY', config: '{"canaryPercentage":10}' },
          how: { what: '{"canaryPercentage":10}', typed: { canaryPercentage: 10 } },
          revision: { modelRuntimeConfig: { serviceConfig } },
          revisionHistory: { edges: [{ node: { id: '2', modelRuntimeConfig: { serviceConfig } } }], pageInfo: { hasNextPage: true } },
          list: [{ id: '2' }, { id: '1' }],
        },
      },
    };
    expect(await gateway.ask({ query })).toEqual(answer);
    expect(await gateway.ask({ query })).toEqual(answer);
  });

  it('are rewritten whichever of their operations is run', async () => {
    const query = `
      enum OrderDirection { ASC DESC }
      query Look { deployments(limit: 1) { ...Strategy } }
      mutation Make($input: CreateModelDeploymentInput!) { made: createModelDeployment(input: $input) { deployment { ...Strategy } } }
      mutation Delete { deleteModelServingDeployment(id: "a") { deletedId } again: deleteModelServingDeployment(id: "b") }
      fragment Strategy on Deployment { id deploymentStrategy { config } }`;
    const shown = (id: string) => ({ id, deploymentStrategy: { config: '{"canaryPercentage":10}' } });
    expect(await gateway.ask({ query, operationName: 'Look' })).toEqual({ data: { deployments: [shown('a'), shown('b')] } });
    expect(await gateway.ask({ query, operationName: 'Make', variables: { input: { name: 'm' } } })).toEqual({ data: { made: { deployment: shown('m') } } });
    expect(await gateway.ask({ query, operationName: 'Delete' })).toEqual({ data: { deleteModelServingDeployment: { deletedId: 'a' }, again: 'b' } });
  });

  it('may join services in either direction', async () => {
    const query = '{ replica(id: "r") { revision { modelRuntimeConfig { serviceConfig } } } deployment(id: "a") { replicas { ... on ReplicaInstance { revision { id } } } } }';
    expect(await gateway.ask({ query })).toEqual({
      data: { replica: { revision: { modelRuntimeConfig: { serviceConfig: '{"maxModelLength":4096}' } } }, deployment: { replicas: [{ revision: { id: '2' } }] } },
    });
  });

  it('may be subscriptions', async () => {
    const client = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, connectionParams: { authorization: 'Bearer any' }, retryAttempts: 0 });
    const results = client.iterate({ query: 'subscription { deploymentStatusChanged(deploymentId: "a") { id deploymentStrategy { config } revisionHistory { edges { cursor } } } }' });
    expect((await results.next()).value).toEqual({
      data: { deploymentStatusChanged: { id: 'a', deploymentStrategy: { config: '{"canaryPercentage":10}' }, revisionHistory: { edges: [{ cursor: '2' }, { cursor: '1' }] } } },
    });
    await client.dispose();
  });

  it('are measured as what they mean, and hold what is in their text', async () => {
    const strict = await start({ costMax: 30 });
    const page = (first: number): object => ({ query: `{ deployment(id: "a") { revisionHistory(first: ${first}) { edges { cursor } } } }` });
    expect((await strict.ask(page(10))).errors).toBeUndefined();
    expect((await strict.ask(page(20))).errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', fields: { limitName: 'costMax' } } }]);
    await strict.close();
    const terse = await start({ tokensMax: 10 });
    const pasted = { query: `enum OrderDirection { ${'ASC '.repeat(10)} } { deployments { id } }` };
    expect((await terse.ask(pasted)).errors).toMatchObject([{ extensions: { fields: { limitName: 'tokensMax' } } }]);
    await terse.close();
  });
});
