import { openEventLogAt, verifyEventLogAt } from '@slipway/event-log';
import { locateNatsServer, locatePostgres, startNatsServer, startPostgres } from '@slipway/local-servers';
import { openNatsBus, FACT_STREAM_NAME } from '@slipway/messaging/nats';
import path from 'node:path';
import type { BenchRun } from '../bench-run.js';
import { RoundSamples } from '../measuring/round-samples.js';
import type { PartReport } from '../report/figure.js';
import { clusterFigures } from './cluster-figures.js';
import type { ClusterRun } from './cluster-run.js';
import { benchLive } from './live.bench.js';
import { benchProjections } from './projection.bench.js';
import { RawJetStream } from './raw-jetstream.js';
import { benchConsume, benchRelay } from './relay.bench.js';
import { benchServices, openDirectory } from './services.bench.js';
import { benchTakeover, benchTaking, leaveProcessesAtEnd } from './takeover.bench.js';
import { benchWrite } from './write.bench.js';

/** Room for every fact, so that they can be counted; the services have less, and put that right when they start. */
const STREAM_BYTES_MAX = 8 * 1024 * 1024 * 1024;
/** Of the deployments, those whose lives are written while everything else runs. */
const LIVE_SHARE = 0.1;

/** Log, bus and read models on real servers with the lives of many deployments, and the services on top of them. */
export async function benchCluster(run: BenchRun): Promise<PartReport> {
  const missing = locatePostgres() === null ? 'postgres' : locateNatsServer() === null ? 'nats-server' : null;
  if (missing !== null) return { figures: [], skipped: [{ what: 'cluster', why: `there is no ${missing} on this machine` }] };
  const samples = new RoundSamples();
  const directory = openDirectory(run.workshop.directory('cluster'));
  const servers = {
    postgres: run.workshop.use(await startPostgres({ directory: path.join(directory, 'postgres') })),
    nats: run.workshop.use(await startNatsServer({ directory: path.join(directory, 'nats') })),
  };
  const cluster: ClusterRun = { ...run, servers, samples };
  await benchServices(cluster, path.join(directory, 'empty'), 'empty');
  await writeRelayProject(cluster);
  await benchServices(cluster, path.join(directory, 'full'), 'first-full');
  await benchServices(cluster, path.join(directory, 'full'), 'second-full');
  await verify(cluster);
  return { figures: clusterFigures(samples), skipped: [] };
}

async function writeRelayProject(run: ClusterRun): Promise<void> {
  const { servers, samples, deployments } = run;
  await using log = await openEventLogAt(servers.postgres.url);
  await using bus = await openNatsBus({ servers: servers.nats.url, name: 'bench', stream: { maxBytes: STREAM_BYTES_MAX } });
  const liveDeployments = Math.floor(deployments * LIVE_SHARE);
  await benchWrite(run, log, deployments - liveDeployments);
  await using raw = await RawJetStream.open(servers.nats.url);
  const rawMessages = await benchRelay(run, log, bus, raw);
  await benchConsume(run, await log.head(), bus, raw, rawMessages);
  await benchProjections(run, log);
  await benchLive(run, log, bus, deployments - liveDeployments, liveDeployments);
  const head = await log.head();
  const { messages, lastSequence, bytes } = await raw.contents(FACT_STREAM_NAME);
  if (messages !== head || lastSequence !== head) throw new Error(`the log holds ${head} events, the stream ${messages} facts, the last with number ${lastSequence}`);
  samples.add('events', head);
  samples.add('stream.bytes-per-fact', bytes / messages);
  await benchTakeover(run, log);
  await benchTaking(run, log);
  await leaveProcessesAtEnd(run, log, ['registrar', 'fleet']);
  samples.add('left', await log.head());
}

async function verify({ servers, samples, progress }: ClusterRun): Promise<void> {
  progress('cluster: verifying the log');
  const startedAtMs = performance.now();
  const { position } = await verifyEventLogAt(servers.postgres.url); // throws when anything is wrong
  samples.add('services.wrote', position - (samples.of('left')[0] ?? 0));
  samples.add('verify', (position * 1_000) / (performance.now() - startedAtMs));
}
