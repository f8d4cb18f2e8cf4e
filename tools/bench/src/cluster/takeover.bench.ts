import { splitStream } from '@slipway/contracts';
import { startProcessRunner, type EventLog, type ProcessDefinition, type Snapshots } from '@slipway/event-log';
import { openPostgresSnapshots } from '@slipway/event-log/postgres';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterRun } from './cluster-run.js';
import { WATCHER, watcherRecords } from './deployment-lives.js';

type Input = { readonly sourcePosition: number };

const definitionOf = (name: string, types: readonly string[]): ProcessDefinition<null, Input, { readonly type: 'note' }> => ({
  name,
  process: { version: 1, initialState: null, evolve: () => null, react: () => [] },
  filter: { types },
  route: () => null, // every fact was taken before
  perform: async () => undefined,
});

/** How long it takes until another process runs the watcher: without an index kept, and with one. */
export async function benchTakeover({ servers, rounds, progress, samples }: ClusterRun, log: EventLog): Promise<void> {
  await using snapshots = await openPostgresSnapshots({ url: servers.postgres.url });
  await takeOver(log, WATCHER, snapshots); // keeps an index when it is closed
  for (let round = 0; round < rounds; round++) {
    progress(`cluster: taking a process over, round ${round + 1} of ${rounds}`);
    samples.add('takeover.without-index', await takeOver(log, WATCHER, undefined));
    samples.add('takeover.with-index', await takeOver(log, WATCHER, snapshots));
  }
}

/**
 * How many facts a process takes that has missed them all, each recorded before the next is taken; in turns with appends of one
 * caller, which are what it cannot be faster than.
 */
export async function benchTaking({ rounds, seconds, progress, samples }: ClusterRun, log: EventLog): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    progress(`cluster: facts taken by a process, round ${round + 1} of ${rounds}`);
    samples.add('taking', await recordsPerSecond(log, seconds, async (until) => {
      await using _runner = startProcessRunner({ ...definitionOf(`taker-${round}`, ['DeploymentCreated']), route: takeEach }, { log });
      await until;
    }));
    samples.add('taking.single-appends', await recordsPerSecond(log, seconds, (until) => appendSingly(log, `process-single-${round}-0`, until)));
  }
}

const takeEach: ProcessDefinition<null, Input, { readonly type: 'note' }>['route'] = ({ streamId, position }) => ({ key: splitStream(streamId).id, input: { sourcePosition: position } });

async function recordsPerSecond(log: EventLog, seconds: number, work: (until: Promise<unknown>) => Promise<void>): Promise<number> {
  const before = await log.head();
  const startedAtMs = performance.now();
  await work(wait(seconds * 1_000));
  return (((await log.head()) - before) * 1_000) / (performance.now() - startedAtMs);
}

async function appendSingly(log: EventLog, streamId: string, until: Promise<unknown>): Promise<void> {
  let isOver = false;
  void until.then(() => (isOver = true));
  for (let revision = -1; !isOver; revision++) {
    const [record] = watcherRecords(streamId, 1);
    if (record !== undefined) await log.append(streamId, [record], revision);
  }
}

/** Seconds until it had read what it owes and taken every fact. */
async function takeOver(log: EventLog, name: string, snapshots: Snapshots | undefined): Promise<number> {
  const startedAtMs = performance.now();
  const failures: unknown[] = [];
  const onFailure = ({ error }: { readonly error: unknown }): unknown => failures.push(error);
  await using runner = startProcessRunner(definitionOf(name, ['DeploymentCreated']), { log, ...(snapshots !== undefined && { snapshots }), onFailure });
  await runner.ready;
  const elapsedMs = performance.now() - startedAtMs;
  if (failures.length > 0) throw new Error(`${name} could not be taken over`, { cause: failures[0] });
  return elapsedMs / 1_000;
}

/**
 * These lives were not lived under the services' own processes: with nothing on record they would take every fact from the first
 * one on. So each gets a record and an index kept, as one has that took every fact when it came.
 */
export async function leaveProcessesAtEnd({ servers }: ClusterRun, log: EventLog, names: readonly string[]): Promise<void> {
  await using snapshots = await openPostgresSnapshots({ url: servers.postgres.url });
  for (const name of names) {
    const streamId = `process-${name}-bench`;
    const events = watcherRecords(streamId, await log.head()).map((event) => ({ ...event, metadata: { actor: `process/${name}` } }));
    await log.append(streamId, events, 'none');
    await using runner = startProcessRunner(definitionOf(name, ['DeploymentCreated']), { log, snapshots });
    await runner.ready;
  }
}
