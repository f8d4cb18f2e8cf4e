import type { EventLog } from '@slipway/event-log';
import { rotated, type RoundSamples } from '../measuring/round-samples.js';
import type { ClusterRun } from './cluster-run.js';
import { livesOf, writeLives } from './deployment-lives.js';
import { RawPostgres } from './raw-postgres.js';

/** Written in turns with the plain client, so that what slows the machine for a while slows them alike. */
const DEPLOYMENTS_TOGETHER = 5_000;
/** One row a transaction is slow: enough of them to be measured. */
const SINGLE_ROWS_MAX = 5_000;

/** Fills the log with the lives of these deployments, in turns with plain `pg`. */
export async function benchWrite({ progress, servers, samples }: ClusterRun, log: EventLog, deployments: number): Promise<void> {
  await using raw = await RawPostgres.open(servers.postgres.url);
  for (let first = 0, round = 0; first < deployments; first += DEPLOYMENTS_TOGETHER, round++) {
    progress(`cluster: writing, deployments ${first} to ${Math.min(deployments, first + DEPLOYMENTS_TOGETHER)} of ${deployments}`);
    const lives = livesOf(first, Math.min(DEPLOYMENTS_TOGETHER, deployments - first)); // made beforehand: that is not what a log costs
    const before = await log.head();
    const startedAtMs = performance.now();
    const events = await writeLives(log, lives);
    samples.add('write', perSecond(events, startedAtMs));
    const rows = await raw.logRows(before, before + events);
    const rowsEach = Math.max(1, Math.round(events / (await raw.transactions(before, before + events))));
    samples.add('write.events-per-transaction', rowsEach);
    await writeRaw(raw, rows, rowsEach, round, samples);
  }
}

async function writeRaw(raw: RawPostgres, rows: readonly (readonly unknown[])[], rowsEach: number, round: number, samples: RoundSamples): Promise<void> {
  const some = rows.slice(0, SINGLE_ROWS_MAX);
  const ways = [
    { series: 'write.raw-grouped', count: rows.length, write: () => raw.insertGrouped(rows, rowsEach) },
    { series: 'write.raw-single', count: some.length, write: () => raw.insertSingly(some) },
  ];
  for (const { series, count, write } of rotated(ways, round)) {
    const startedAtMs = performance.now();
    await write();
    samples.add(series, perSecond(count, startedAtMs));
  }
}

const perSecond = (count: number, startedAtMs: number): number => (count * 1_000) / (performance.now() - startedAtMs);
