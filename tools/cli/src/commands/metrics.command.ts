import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { findRevision, revisionText, type FoundRevision } from '../addressing/find-revision.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples, span, wholeNumber } from '../option-values.js';
import { REVISION_NAMES } from '../addressing/revision-names.js';
import { metricsTable, type Measured } from '../metrics/metrics-table.js';

const RANGE_DEFAULT_MS = 5 * 60_000;
const STEP_MAX_S = 86_400;

const FIELDS = `
    timestamp stepSeconds
    revisionMetrics { revisionId kind requestsPerSecond errorRate successRate inFlight latencyP50Ms latencyP95Ms latencyP99Ms ttftP50Ms ttftP95Ms ttftP99Ms tpotP50Ms tpotP95Ms tpotP99Ms
      promptTokensPerSecond generationTokensPerSecond prefixCacheHitRate requestsRunning requestsWaiting kvCacheUsage cpuUtilization memoryUsedBytes gpuUtilization gpuMemoryUsedBytes }
    replicaMetrics { replicaId replicaName revisionId kind requestsPerSecond errorRate successRate inFlight latencyP50Ms latencyP95Ms latencyP99Ms ttftP50Ms ttftP95Ms ttftP99Ms tpotP50Ms tpotP95Ms tpotP99Ms
      promptTokensPerSecond generationTokensPerSecond prefixCacheHitRate requestsRunning requestsWaiting kvCacheUsage cpuUtilization memoryUsedBytes gpuUtilization gpuMemoryUsedBytes }`;

type Filter = { readonly from?: string; readonly to?: string; readonly stepSeconds?: number; readonly replicaId?: string; readonly revisionId?: string };

export const METRICS = new Operation<{ deploymentMetrics: readonly Measured[] }, { id: string; filter: Filter }>(/* GraphQL */ `
  query Metrics($id: ID!, $filter: DeploymentMetricsFilter) { deploymentMetrics(id: $id, filter: $filter) {${FIELDS}
  } }
`);
export const METRICS_UPDATED = new Operation<{ metricsUpdated: Measured }, { id: string }>(/* GraphQL */ `
  subscription MetricsUpdated($id: ID!) { metricsUpdated(deploymentId: $id) {${FIELDS}
  } }
`);

type MetricsOptions = { readonly watch?: true; readonly replicas?: true; readonly range: number; readonly step?: number; readonly revision?: string; readonly replica?: string };

export function addMetrics(program: Command, invocation: Invocation): void {
  program
    .command('metrics')
    .description('what was measured: requests, errors, latencies, tokens and load, by revision or by replica; what nobody knows is "-"')
    .argument('<deployment>', 'name, domain/name or id')
    .option('-w, --watch', 'the last ten seconds, each second, until Ctrl-C')
    .option('--replicas', 'by replica')
    .option('--range <time>', 'how far back, such as 10m or 2h (default: 5m)', span, RANGE_DEFAULT_MS)
    .option('--step <seconds>', 'one row for so many seconds (default: one for the whole range)', wholeNumber(1, STEP_MAX_S))
    .option('--revision <revision>', 'only of this one: number, name or id')
    .option('--replica <id>', 'only of this one')
    .addHelpText('after', examples('metrics tiny', 'metrics tiny --watch --replicas', 'metrics tiny --range 2h --step 60 --output json'))
    .action(async (given: string, options: MetricsOptions) => {
      const graph = invocation.graph();
      const { id } = await findDeployment(graph, given);
      const names = await namesOf(graph, id);
      if (options.watch === true) return watchMetrics(invocation, graph, id, names, options.replicas === true);
      const { deploymentMetrics: measured } = await graph.ask(METRICS, { id, filter: await filterOf(invocation, graph, id, options) });
      invocation.print({ data: measured, text: () => metricsTable(measured, names, options.replicas === true) });
    });
}

async function watchMetrics({ terminal, machine, isForPeople, printOneOfMany }: Invocation, graph: GraphClient, id: string, names: ReadonlyMap<string, string>, byReplica: boolean): Promise<void> {
  for await (const { metricsUpdated: measured } of graph.watch(METRICS_UPDATED, { id }, machine.interrupted)) {
    const text = metricsTable([measured], names, byReplica);
    if (terminal.isLive && isForPeople()) terminal.draw(text.split('\n').map((line) => line.slice(0, terminal.columns)));
    else printOneOfMany({ data: measured, text: () => text });
  }
  terminal.draw(null);
  machine.interrupted.throwIfAborted();
}

async function filterOf({ machine }: Invocation, graph: GraphClient, id: string, { range, step, revision, replica }: MetricsOptions): Promise<Filter> {
  const toMs = machine.nowMs();
  return {
    from: new Date(toMs - range).toISOString(),
    to: new Date(toMs).toISOString(),
    stepSeconds: step ?? Math.max(1, Math.round(range / 1000)),
    ...(revision === undefined ? {} : { revisionId: (await findRevision(graph, id, revision)).id }),
    ...(replica === undefined ? {} : { replicaId: replica }),
  };
}

async function namesOf(graph: GraphClient, id: string): Promise<ReadonlyMap<string, string>> {
  const revisions: readonly FoundRevision[] = (await graph.ask(REVISION_NAMES, { id })).deployment?.revisions ?? [];
  return new Map(revisions.map((revision) => [revision.id, revisionText(revision)]));
}
