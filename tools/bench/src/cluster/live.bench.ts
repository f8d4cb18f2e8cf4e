import { feedFacts, relaySourceOf } from '@slipway/cluster';
import { logWithLiveFacts, startProjectionRunner, type EventLog } from '@slipway/event-log';
import { openPostgresProjections } from '@slipway/event-log/postgres-projections';
import type { Bus } from '@slipway/messaging';
import { startRelay } from '@slipway/messaging/relay';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterRun } from './cluster-run.js';
import { livesOf, writeLives } from './deployment-lives.js';
import { BENCH_SCHEMA } from './projection.bench.js';
import { serviceTables } from './projection-tables.js';

const SETTLE_LIMIT_MS = 300_000;
const LOOK_MS = 5;

/**
 * All at once, as in a cluster but in one process: lives are written, the relay publishes them, a follower hears of them from the
 * bus, and their rows are written to Postgres. `after`: how long after the last append each was done.
 */
export async function benchLive({ servers, progress, samples }: ClusterRun, log: EventLog, bus: Bus, firstKey: number, deployments: number): Promise<void> {
  progress(`cluster: writing the lives of ${deployments} more deployments, relayed and projected at the same time`);
  const tables = serviceTables();
  const lives = livesOf(firstKey, deployments);
  const rows = await openPostgresProjections({ url: servers.postgres.url, schema: BENCH_SCHEMA, tables });
  try {
    await using live = logWithLiveFacts(log);
    await using relay = startRelay({ source: relaySourceOf(log), bus });
    await using _feed = feedFacts({ bus, live, durable: 'bench-live', onError: fail });
    // The rows are those of another process than the one that writes, so they hear of news by the bus alone.
    await using runner = startProjectionRunner({ log: live, store: rows.store, projections: tables.map(({ projection }) => projection), onFailure: ({ error }) => fail(error) });
    await runner.ready;
    const startedAtMs = performance.now();
    const events = await writeLives(log, lives);
    const writtenAtMs = performance.now();
    const head = await log.head();
    while (relay.health().position < head) await wait(LOOK_MS);
    samples.add('live.relay.after', (performance.now() - writtenAtMs) / 1_000);
    if (!(await runner.waitFor(head, SETTLE_LIMIT_MS))) throw new Error(`the rows did not reach position ${head}: ${JSON.stringify(runner.health())}`);
    samples.add('live.rows.after', (performance.now() - writtenAtMs) / 1_000);
    samples.add('live.write', (events * 1_000) / (writtenAtMs - startedAtMs));
    samples.add('live', (events * 1_000) / (performance.now() - startedAtMs));
    samples.add('live.gaps', live.liveness().gaps);
  } finally {
    await rows.close();
  }
}

function fail(error: unknown): never {
  throw new Error('the bus or the rows failed', { cause: error });
}
