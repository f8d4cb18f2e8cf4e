import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { deploy } from './deployments.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';

type Metric = { readonly replicaName: string; readonly kind: string; readonly [measure: string]: number | string | null };
type Step = { readonly timestamp: string; readonly replicaMetrics: readonly Metric[]; readonly revisionMetrics: readonly Metric[] };

const MEASURES = 'requestsPerSecond successRate latencyP95Ms ttftP95Ms generationTokensPerSecond requestsRunning kvCacheUsage memoryUsedBytes gpuUtilization';

describe('what is measured of a deployment', () => {
  let lab: PlatformLab;
  beforeAll(async () => {
    lab = await PlatformLab.create();
    await lab.start();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  it('is seen through the gateway: what the proxy counted and the engine tells, and as it goes on (S1.37, S1.38, S1.42, S1.45)', async () => {
    const { id, token } = await deploy(lab, 'measured', 1, 'mock');
    const ask = (stream: boolean) =>
      fetch(`${lab.baseUrl}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'measured', stream, max_tokens: 8, messages: [{ role: 'user', content: 'hello' }] }),
      }).then((answer) => answer.text());

    const client = createClient({ url: lab.graphUrl.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${lab.adminToken}` } });
    const updates = client.iterate<{ metricsUpdated: Step }>({ query: `subscription ($id: ID!) { metricsUpdated(deploymentId: $id) { timestamp revisionMetrics { requestsPerSecond } } }`, variables: { id } });
    let seen: Metric | undefined;
    const measured = async (): Promise<boolean> => {
      await Promise.all([ask(true), ask(false)]);
      const { deploymentMetrics } = await lab.graph.ask<{ deploymentMetrics: readonly Step[] }>(
        `query ($id: ID!) { deploymentMetrics(id: $id, filter: { stepSeconds: 1 }) { timestamp replicaMetrics { replicaName kind ${MEASURES} } } }`,
        { id },
      );
      const metrics = deploymentMetrics.flatMap(({ replicaMetrics }) => replicaMetrics);
      seen = metrics.findLast((metric) => Number(metric['requestsPerSecond']) > 0 && metric['ttftP95Ms'] !== null && Number(metric['generationTokensPerSecond']) > 0 && metric['memoryUsedBytes'] !== null);
      return seen !== undefined;
    };
    await waitUntil(measured, WAIT_LIMIT_MS, () => 'the service never measured what was served');
    expect(seen).toMatchObject({ replicaName: 'measured-0', kind: 'SERVED', successRate: 1, requestsRunning: expect.any(Number), kvCacheUsage: expect.any(Number), gpuUtilization: null });

    for await (const { data } of updates) {
      await ask(false);
      if (data?.metricsUpdated.revisionMetrics.some((metric) => Number(metric['requestsPerSecond']) > 0)) break;
    }
    await client.dispose();
  });
});
