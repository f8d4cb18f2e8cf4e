import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchRun } from '../bench-run.js';
import { freePort } from '../measuring/loopback.js';
import { RoundSamples } from '../measuring/round-samples.js';
import { percentileOfSorted } from '../measuring/statistics.js';
import type { Figure, PartReport } from '../report/figure.js';
import { GraphClient } from './graph-client.js';
import { makeDeployments, MODEL_FOLDER, REVISIONS_PER_DEPLOYMENT } from './many-deployments.js';

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 120_000;
/** Rows on a page, as a console would show them. */
const PAGE_ROWS = 50;

/** What the graph answers in one process with very many deployments: one client, one question after the other, at the gateway. */
export async function benchGraph(run: BenchRun): Promise<PartReport> {
  const dataDir = run.workshop.directory('graph');
  const modelRoot = run.workshop.directory('models');
  mkdirSync(path.join(modelRoot, MODEL_FOLDER));
  const [gatewayPort, proxyPort] = [await freePort(), await freePort()];
  await using platform = await run.workshop.start({
    name: 'platform',
    command: process.execPath,
    arguments: ['--enable-source-maps', path.join(run.config.home, 'apps/standalone/dist/main.js'), '--no-demo'],
    environment: { ...run.config.environment, SLIPWAY_GATEWAY_PORT: String(gatewayPort), SLIPWAY_PROXY_PORT: String(proxyPort), SLIPWAY_DATA_DIR: dataDir, SLIPWAY_MODEL_ROOT: modelRoot },
    core: null,
    stopLimitMs: STOP_LIMIT_MS,
  });
  await platform.until(() => platform.output.includes('Slipway is up'), READY_LIMIT_MS);
  const client = new GraphClient(`http://127.0.0.1:${gatewayPort}/graphql`, readFileSync(path.join(dataDir, 'admin-token'), 'utf8').trim());
  const ids = await makeDeployments(client, run.deployments, (made) => run.progress(`graph: ${made} of ${run.deployments} deployments made`));
  const questions = await questionsAbout(client, ids);
  const samples = new RoundSamples();
  for (let round = 0; round < run.rounds; round++)
    for (const [name, ask] of Object.entries(questions)) {
      run.progress(`graph: round ${round + 1} of ${run.rounds}, ${name}`);
      const sorted = await latencies(ask, run.seconds * 1_000);
      samples.add(`${name}.p50`, percentileOfSorted(sorted, 50));
      samples.add(`${name}.p95`, percentileOfSorted(sorted, 95));
    }
  return { figures: figures(samples, ids.length), skipped: [] };
}

type Ask = (at: number) => Promise<unknown>;

/** Each question is another one every time: another page, another deployment. */
async function questionsAbout(client: GraphClient, ids: readonly string[]): Promise<Readonly<Record<QuestionName, Ask>>> {
  const cursors = await pageCursors(client);
  const id = (at: number): string => ids[(at * 7_919) % ids.length] ?? '';
  return {
    least: () => client.ask('{ __typename }'),
    list: (at) => client.ask(LIST, { offset: (at * PAGE_ROWS) % ids.length, limit: PAGE_ROWS }),
    filter: (at) => client.ask(FILTER, { filter: { OR: [{ nameMatches: { iContains: `${at % 100}` } }, { tag: `tag-${at % 10}` }], openToPublic: true, NOT: [{ domain: 'other' }] }, limit: PAGE_ROWS }),
    page: (at) => client.ask(PAGE, { first: PAGE_ROWS, after: cursors[at % cursors.length] ?? null }),
    detail: (at) => client.ask(DETAIL, { id: id(at) }),
    timeline: (at) => client.ask(TIMELINE, { id: id(at), first: PAGE_ROWS }),
  };
}

async function pageCursors(client: GraphClient): Promise<readonly (string | null)[]> {
  const cursors: (string | null)[] = [null];
  for (;;) {
    const { deploymentsConnection } = await client.ask<Page>(PAGE, { first: PAGE_ROWS, after: cursors.at(-1) });
    const { hasNextPage, endCursor } = deploymentsConnection.pageInfo;
    if (!hasNextPage) return cursors;
    cursors.push(endCursor);
  }
}

type Page = { readonly deploymentsConnection: { readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null } } };

const SHOWN = 'id name status statusReason openToPublic tags createdAt updatedAt revision { id name revisionNumber } replicaManagement { desiredReplicaCount readyReplicaCount }';
const LIST = `query ($offset: Int, $limit: Int) { deployments(offset: $offset, limit: $limit) { ${SHOWN} } }`;
const FILTER = `query ($filter: DeploymentFilter, $limit: Int) { deployments(filter: $filter, orderBy: { field: NAME, direction: ASC }, limit: $limit) { ${SHOWN} } }`;
const PAGE = `query ($first: Int, $after: String) { deploymentsConnection(first: $first, after: $after) { edges { cursor node { ${SHOWN} } } pageInfo { hasNextPage endCursor } } }`;
const DETAIL = `query ($id: ID!) { deployment(id: $id) { ${SHOWN} configurationHash deploymentStrategy { type configJSON } traffic { revision { id } weightPercent }
  rollout { id status currentStep steps { type } } accessTokens { id prefix } replicaManagement { replicas { id status } routings { id status } }
  revisions(first: 50) { id name status revisionNumber tags contentHash image { name } modelRuntimeConfig { runtimeVariant environ serviceConfigJSON } } } }`;
const TIMELINE = `query ($id: ID!, $first: Int) { deploymentTimeline(deploymentId: $id, first: $first) { edges { cursor node { id position type at actor causeId summary data entity { kind id } } } pageInfo { hasNextPage } } }`;

/** Milliseconds of each answer, sorted. */
async function latencies(ask: Ask, durationMs: number): Promise<Float64Array> {
  const taken: number[] = [];
  await ask(0); // the first plans the query
  const end = performance.now() + durationMs;
  for (let at = 1; performance.now() < end || taken.length === 0; at++) {
    const from = performance.now();
    await ask(at);
    taken.push(performance.now() - from);
  }
  return Float64Array.from(taken).sort();
}

const QUESTIONS = { least: 'least there is to ask', list: 'list', filter: 'filtered list', page: 'page', detail: 'one with all of it', timeline: 'timeline' } as const;
type QuestionName = keyof typeof QUESTIONS;

function figures(samples: RoundSamples, deployments: number): readonly Figure[] {
  const of = `${deployments} × ${REVISIONS_PER_DEPLOYMENT}`;
  return (Object.entries(QUESTIONS) as [QuestionName, string][]).flatMap(([name, what]) => {
    const [p50, p95] = [samples.of(`${name}.p50`), samples.of(`${name}.p95`)];
    const least = samples.of('least.p50');
    return [
      { id: `graph.${name}.p50`, part: 'graph', what: `graph: ${what} (${of}), p50`, unit: 'ms', values: p50 },
      { id: `graph.${name}.p95`, part: 'graph', what: `graph: ${what} (${of}), p95`, unit: 'ms', values: p95 },
      ...(name === 'least' ? [] : [{ id: `graph.${name}.x-least`, part: 'graph', what: `graph: ${what} against the least, p50`, unit: '×', values: p50.map((value, round) => value / (least[round] ?? Number.NaN)) } as const]),
    ];
  });
}
