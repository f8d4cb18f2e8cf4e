import { randomUUID } from 'node:crypto';
import * as esdb from '@eventstore/db-client';
import { eventsOf, newEvent, newEvents } from '../conformance-events.js';
import type { FollowMessage } from '../event-log.js';
import { EventStoreStreamDeletedError } from '../eventstore-errors.js';
import { openEventStoreEventLog } from '../eventstore-event-log.js';
import { startEventStoreDouble, type EventStoreDouble } from './eventstore-double.js';

/** What the log makes of a server that others use too: seen from the log here, from the server's own client there. */
describe('the EventStoreDB log and others on its server', () => {
  let double: EventStoreDouble;
  let client: esdb.EventStoreDBClient;
  beforeEach(async () => {
    double = await startEventStoreDouble();
    client = esdb.EventStoreDBClient.connectionString(double.connectionString);
  });
  afterEach(async () => {
    await client.dispose();
    await double.stop();
  });

  it('stores what the server\'s own tools understand', async () => {
    await using log = await openEventStoreEventLog(double.connectionString, { nowMs: () => 1_700_000_000_000 });
    const uuid = randomUUID();
    const metadata = { actor: 'a', correlationId: 'b', causationId: 'c', commandId: 'd', traceparent: 'e' };
    await log.append('order-1', [{ ...newEvent('Ordered', { item: 'hat' }, uuid), version: 3, metadata }, newEvent('Packed', Uint8Array.of(1), 'not a uuid')], 'none');
    const [ordered, packed] = (await Array.fromAsync(client.readStream('order-1'))).map(({ event }) => event);
    expect(ordered).toMatchObject({ id: uuid, type: 'Ordered', isJson: true, data: { item: 'hat' } });
    expect(ordered?.metadata).toEqual({ version: 3, recordedAtMs: 1_700_000_000_000, actor: 'a', $correlationId: 'b', $causationId: 'c', commandId: 'd', traceparent: 'e' });
    expect(packed).toMatchObject({ isJson: false, metadata: { version: 1, id: 'not a uuid' } });
    expect(packed?.id).toMatch(/^[0-9a-f-]{36}$/);
    for (const id of [uuid.toUpperCase(), '00000000-0000-0000-0000-000000000000']) {
      await log.append('order-2', [newEvent('Ordered', {}, id)], 'any');
      expect((await eventsOf(log, 'order-2')).at(-1)?.id).toBe(id); // the server would have changed the one and refused the other
    }
  });

  it('reads what other programs wrote, and never the server\'s own events', async () => {
    await client.appendToStream('theirs', esdb.jsonEvent({ type: 'Foreign', data: { a: 1 } }));
    await client.setStreamMetadata('theirs', { maxCount: 10 });
    await client.appendToStream('theirs', esdb.binaryEvent({ type: 'Foreign', data: Uint8Array.of(7), metadata: Uint8Array.of(1, 2) }));
    await using log = await openEventStoreEventLog(double.connectionString);
    const all = await Array.fromAsync(log.readAll());
    expect(all).toMatchObject([{ streamId: 'theirs', version: 1, data: { a: 1 }, metadata: {} }, { revision: 1, version: 1, metadata: {} }]);
    expect(Math.abs((all[0]?.recordedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await Array.fromAsync(log.listStreams())).toEqual([{ streamId: 'theirs', revision: 1 }]);
    await client.setStreamMetadata('theirs', { maxCount: 11 }); // at the end now
    expect(await log.head()).toBe(all[1]?.position);
    expect(await Array.fromAsync(log.readAll({ direction: 'backwards', limit: 1 }))).toMatchObject([{ position: all[1]?.position }]);
  });

  it('keeps to its prefix, from the beginning to the end, among thousands of others\' events', async () => {
    await using crowd = await openEventStoreEventLog(double.connectionString, { streamPrefix: 'crowd/' });
    await using log = await openEventStoreEventLog(double.connectionString, { streamPrefix: 'ours/' });
    const crowded = (streamId: string) => crowd.append(streamId, newEvents(1_000), 'none');
    await crowded('before-1');
    await crowded('before-2');
    const follower = log.follow({ after: 0 });
    expect((await follower.next()).value).toEqual({ caughtUp: 0 });
    await log.append('a', newEvents(2), 'none');
    await crowded('between-1');
    await crowded('between-2');
    await log.append('b', newEvents(1), 'none');
    await crowded('after-1');
    await crowded('after-2');
    const all = await Array.fromAsync(log.readAll());
    expect(all.map(({ streamId }) => streamId)).toEqual(['a', 'a', 'b']);
    expect((await Array.fromAsync(log.readAll({ direction: 'backwards' }))).reverse()).toEqual(all);
    expect(await log.head()).toBe(all[2]?.position);
    const followed: FollowMessage[] = [];
    while (followed.length < 3) followed.push((await follower.next()).value as FollowMessage);
    expect(followed).toEqual(all.map((event) => ({ event })));
    await using fresh = await openEventStoreEventLog(double.connectionString, { streamPrefix: 'ours/' });
    expect(await fresh.head()).toBe(all[2]?.position);
    expect(await Array.fromAsync(fresh.readAll({ after: all[0]?.position ?? 0 }))).toEqual(all.slice(1));
    expect(await Array.fromAsync(fresh.listStreams())).toEqual([{ streamId: 'a', revision: 1 }, { streamId: 'b', revision: 0 }]);
    await follower.return?.();
  });

  it('14 appends without an expectation beside writers of other processes', async () => {
    const logs = await Promise.all([1, 2, 3].map(() => openEventStoreEventLog(double.connectionString)));
    await Promise.all(logs.map(async (log) => {
      for (let round = 0; round < 30; round++) expect(await log.append('a', newEvents(2), round % 2 === 0 ? 'any' : 'exists')).toHaveProperty('appended');
    }));
    const [log] = logs;
    if (log === undefined) throw new Error('unreachable');
    expect((await eventsOf(log, 'a')).map(({ revision }) => revision)).toEqual(Array.from({ length: 180 }, (_, index) => index));
    const [known] = await eventsOf(log, 'a');
    expect(await log.findEvent('a', known?.id ?? '')).toBe(0);
    const late = newEvent();
    await logs[1]?.append('a', [late], 'any');
    expect(await log.findEvent('a', late.id)).toBe(180);
    await Promise.all(logs.map((opened) => opened[Symbol.asyncDispose]()));
  });

  it('says that a stream was deleted for ever, and that a hidden one is not there', async () => {
    await using log = await openEventStoreEventLog(double.connectionString);
    for (const streamId of ['hidden', 'closed']) await log.append(streamId, newEvents(2), 'none');
    await client.deleteStream('hidden');
    await client.tombstoneStream('closed');
    expect(await log.readStream('hidden')).toEqual({ notFound: true });
    await expect(log.append('closed', newEvents(1), 1)).rejects.toThrow(EventStoreStreamDeletedError);
    await expect(log.readStream('closed')).rejects.toThrow(/stream closed was deleted on the event store/);
  });
});
