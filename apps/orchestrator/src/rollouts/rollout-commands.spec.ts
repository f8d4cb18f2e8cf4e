import { streams } from '@slipway/contracts';
import type { RolloutCommand } from '@slipway/domain';
import { handleCommand, LogOverloadedError, openMemoryEventLog, type AppendOutcome, type EventLog } from '@slipway/event-log';
import { requestContext } from '@slipway/service';
import { aggregates } from '../aggregates.js';
import { rolloutResolvers } from '../graphql/rollout.resolvers.js';
import type { RolloutPorts } from '../graphql/resolver-ports.js';
import { askOfRollout } from './rollout-commands.js';

const asker = requestContext('kim', () => null);
const START: RolloutCommand = {
  type: 'StartRollout', rolloutId: 'r', deploymentId: 'd', activationId: 'r', progressDeadlineMs: 600_000, targetRevisionId: 'two', previousRevisionId: 'one', strategy: 'BLUE_GREEN', sideBySide: true,
  desired: 1, surge: 1, unavailable: 0, plan: [{ type: 'launch', count: 1 }, { type: 'promote' }], atMs: 1,
};

let log: EventLog;
beforeEach(async () => {
  log = openMemoryEventLog({ nowMs: () => 1 });
  await handleCommand(log, aggregates.rollout, streams.rollout('r'), START, { commandId: 'start', actor: 'kim' });
});
afterEach(() => log[Symbol.asyncDispose]());

/** The same log, where appending comes to this. */
function appending(append: () => Promise<AppendOutcome>): EventLog {
  return {
    append,
    readStream: (streamId, options) => log.readStream(streamId, options),
    readAll: (options) => log.readAll(options),
    follow: (options) => log.follow(options),
    followStream: (streamId, options) => log.followStream(streamId, options),
    listStreams: (options) => log.listStreams(options),
    findEvent: (streamId, eventId) => log.findEvent(streamId, eventId),
    head: () => log.head(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
const pausing = (of: EventLog) => askOfRollout(of, 'r', { type: 'PauseRollout', reason: null }, asker, 2);

describe('a command to a rollout', () => {
  it('is refused as contention when others are always there first', async () => {
    await expect(pausing(appending(() => Promise.resolve({ conflict: { actualRevision: 9 } })))).rejects.toMatchObject({ code: 'CONTENTION' });
    expect(await log.head()).toBe(1);
  });

  it('is refused as unavailable when the log takes no more, and as too large when it cannot be recorded', async () => {
    await expect(pausing(appending(() => Promise.reject(new LogOverloadedError('full'))))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(pausing(appending(() => Promise.resolve({ tooLarge: { sizeBytes: 2, sizeBytesMax: 1 } })))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await log.head()).toBe(1);
  });

  it('is recorded, and says so, when it does not show in time', async () => {
    const ports = { writableLog: log, reads: {}, waitFor: () => Promise.resolve(false), nowMs: () => 2 } as unknown as RolloutPorts;
    const { pauseRollout } = rolloutResolvers(ports)['Mutation'] as unknown as { pauseRollout: (source: null, given: object, context: object) => Promise<unknown> };
    await expect(pauseRollout(null, { input: { rolloutId: 'r' } }, { request: asker })).rejects.toMatchObject({ code: 'NOT_CAUGHT_UP' });
    expect((await Array.fromAsync(log.readAll())).map(({ type }) => type)).toEqual(['RolloutStarted', 'RolloutPaused']);
  });
});
