import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serializeEvent, type SlipwayEvent } from '@slipway/contracts';
import { buildProjection, openEventLogAt, openMemoryEventLog, openSqliteEventLog, type EventLog, type EventMetadata } from '@slipway/event-log';
import { sqliteReadModels, type ReadModels } from '@slipway/event-log/read-models';
import { startEventStoreDouble } from '@slipway/event-log/eventstore-double';
import { OBSERVATION } from '../replicas/replica-records.js';
import { explain, EXPLANATION_LINKS_MAX } from './explanation.js';
import { TimelineReads } from './timeline-reads.js';
import { timeline, timelineTable } from './timeline.projection.js';

let folder: string;
let log: EventLog;
let rows: ReadModels;
let nowMs: number;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-explanation-'));
  nowMs = 1000;
  log = openMemoryEventLog({ nowMs: () => nowMs++ });
  rows = await sqliteReadModels(path.join(folder, 'rows.sqlite'))([timelineTable]);
});
afterEach(async () => {
  await rows.close();
  await log[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

let written = 0;
/** Its position. */
async function wrote(streamId: string, event: SlipwayEvent, metadata: EventMetadata = {}, id = `e${++written}`): Promise<number> {
  return append(streamId, { id, ...serializeEvent(event), metadata });
}
async function append(streamId: string, event: { id: string; type: string; version: number; data: unknown; metadata: EventMetadata }): Promise<number> {
  const outcome = await log.append(streamId, [event], 'any');
  if (!('appended' in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.appended.position;
}
const took = (streamId: string, data: object, type = 'ProcessInputTaken') =>
  append(streamId, { id: `r${++written}`, type, version: 1, data: { input: {}, takenAtMs: 0, timers: [], effects: [], ...data }, metadata: { actor: 'process/fleet' } });

async function explained(kind: 'DEPLOYMENT' | 'REPLICA' | 'TOKEN', id: string, atMs = Number.MAX_SAFE_INTEGER) {
  await buildProjection(log, rows.store, timeline, 'live', await log.head());
  const found = await explain({ log, timeline: new TimelineReads(rows.dataSource) }, { kind, id }, atMs);
  if (found === null) throw new Error('nothing to explain');
  return { ...found, said: found.links.map(({ what, because }) => `${what}, because ${because}`) };
}

const of = { deploymentId: 'd', revisionId: 'r', atMs: 1 };
const admin = { actor: 'admin', correlationId: 'c1', commandId: 'c1/deployment' };
const desired = { type: 'ReplicasDesired', desiredReplicaCount: 1, atMs: 1 } as const;

describe('the chain of causes', () => {
  /** What led to a replica that is ready. */
  async function replicaThatIsReady(): Promise<void> {
    const asked = await wrote('deployment-d', desired, admin);
    await took('process-fleet-d', { sourcePosition: asked, timers: [{ timerId: 'grow', dueAtMs: 5, input: {} }] });
    const request = { type: 'sendReplica', replicaId: 'd-0', command: { type: 'RequestReplica', name: 'tiny-0' } };
    await took('process-fleet-d', { timerId: 'grow', armedBy: 'process-fleet-d/0', effects: [{ type: 'other' }, request] }, 'ProcessTimerFired');
    await wrote('replica-d-0', { type: 'ReplicaRequested', ...of, replicaId: 'd-0', name: 'tiny-0', ordinal: 0 }, { actor: 'orchestrator', commandId: 'process-fleet-d/1/1' });
    await wrote('replica-d-0', { type: 'ReplicaReady', ...of, attempt: 1 }, { actor: 'orchestrator', commandId: `${OBSERVATION}1` });
  }
  const SAID = [
    'Desired replicas set to 1 by admin, because admin asked for it in request c1',
    'The fleet process took note, because it was told of ReplicasDesired',
    'The fleet process decided to request replica tiny-0, because the timer grow that it had set fell due',
    'Replica tiny-0 of revision r asked for, because the fleet process asked for it',
    'Replica 0 is ready, because it was seen to be so',
  ];

  it('goes through decisions, timers and what was seen', async () => {
    await replicaThatIsReady();
    const { said, origin, isComplete, state, links } = await explained('REPLICA', 'd-0');
    expect(said).toEqual(SAID);
    expect({ origin, isComplete, state }).toEqual({ origin: { actor: 'admin', correlationId: 'c1', atMs: 1000 }, isComplete: true, state: 'Replica 0 is ready' });
    expect((await explained('REPLICA', 'd-0', links[3]?.atMs)).said).toEqual(SAID.slice(0, 4));
    for (let at = 0; at < 3; at++) await wrote('replica-d-0', { type: 'ReplicaReady', ...of, attempt: 1 }, { commandId: `measure/${at}` });
    expect((await explained('REPLICA', 'd-0')).said).toEqual(SAID);
  });

  it.each(['SQLite', 'EventStoreDB'])('is the same over %s', async (kind) => {
    await using servers = new AsyncDisposableStack();
    const memory = log;
    if (kind === 'SQLite') log = servers.use(await openSqliteEventLog(path.join(folder, 'log.sqlite')));
    else {
      const double = await startEventStoreDouble();
      servers.defer(() => double.stop());
      log = servers.use(await openEventLogAt(double.connectionString));
    }
    try {
      await replicaThatIsReady();
      expect((await explained('REPLICA', 'd-0')).said).toEqual(SAID);
    } finally {
      log = memory;
    }
  });

  it('is there for a token', async () => {
    await wrote('access-d', { type: 'AccessTokenDeleted', tokenId: 't', deploymentId: 'd', atMs: 1 }, admin);
    expect((await explained('TOKEN', 't')).said).toEqual(['Access token t deleted by admin, because admin asked for it in request c1']);
  });

  it('ends where a cause is unknown, claims to come later, or is its own', async () => {
    await wrote('deployment-d', desired, { causationId: 'later' }, 'earlier');
    await wrote('deployment-d', desired, { causationId: 'earlier' }, 'later');
    expect((await explained('DEPLOYMENT', 'd')).links).toHaveLength(2);
    await wrote('deployment-d', desired, { causationId: 'self' }, 'self');
    expect((await explained('DEPLOYMENT', 'd')).links).toHaveLength(1);
    await wrote('deployment-d', desired, { causationId: 'nothing' });
    expect((await explained('DEPLOYMENT', 'd')).said).toEqual(['Desired replicas set to 1, because of event nothing']);
    await wrote('deployment-d', desired, { commandId: 'process-fleet-nowhere/3/0' });
    expect((await explained('DEPLOYMENT', 'd')).said).toEqual(['Desired replicas set to 1, because the fleet process asked for it']);
    await wrote('deployment-d', desired);
    expect((await explained('DEPLOYMENT', 'd')).said).toEqual(['Desired replicas set to 1, because somebody unknown asked for it']);
  });

  it('is cut where it is longer than anybody reads, and says so', async () => {
    for (let at = 0; at <= EXPLANATION_LINKS_MAX; at++) await wrote('deployment-d', desired, at === 0 ? admin : { causationId: `long${at - 1}` }, `long${at}`);
    const { links, isComplete, origin } = await explained('DEPLOYMENT', 'd');
    expect({ count: links.length, isComplete, origin }).toEqual({ count: EXPLANATION_LINKS_MAX, isComplete: false, origin: null });
    expect((await explained('DEPLOYMENT', 'd', links[0]?.atMs)).isComplete).toBe(true);
  });
});
