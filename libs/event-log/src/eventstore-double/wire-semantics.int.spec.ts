import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import * as esdb from '@eventstore/db-client';
import { startLogProcess } from '../log-process.js';
import { APPEND_BYTES_MAX, startEventStoreDouble, type EventStoreDouble, type EventStoreDoubleOptions } from './eventstore-double.js';
import { Empty } from './wire-definitions.js';
import { identifierOf } from './wire-messages.js';

const doubles: EventStoreDouble[] = [];
const clients: esdb.EventStoreDBClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await Promise.all(doubles.splice(0).map((double) => double.stop()));
});

async function start(options: EventStoreDoubleOptions = {}): Promise<esdb.EventStoreDBClient> {
  const double = await startEventStoreDouble(options);
  doubles.push(double);
  return clientOf(double.connectionString);
}

function clientOf(connectionString: string): esdb.EventStoreDBClient {
  const client = esdb.EventStoreDBClient.connectionString(connectionString);
  clients.push(client);
  return client;
}

const event = (type = 'Happened', data: esdb.JSONType = {}, id: string = randomUUID()) => esdb.jsonEvent({ type, data, id });
const events = (count: number) => Array.from({ length: count }, (_, index) => event('Happened', { index }));
const revisions = async (reading: AsyncIterable<esdb.ResolvedEvent>) => (await Array.fromAsync(reading)).map((read) => Number(read.event?.revision));
const refusal = (work: Promise<unknown>): Promise<{ type: string; actualVersion?: unknown }> => work.then(() => ({ type: 'none' }), (error) => error);

for (const batchAppend of [true, false]) {
  describe(`appends by ${batchAppend ? 'BatchAppend' : 'Append, when the server does not offer BatchAppend'}`, () => {
    it('44 2 4 5 8 10 conflicts, retries and their numbers are the same', async () => {
      const client = await start({ batchAppend });
      const written = events(2);
      const first = await client.appendToStream('a', written, { expectedRevision: esdb.NO_STREAM });
      expect(first).toEqual({ success: true, nextExpectedRevision: 1n, position: { commit: expect.any(BigInt), prepare: expect.any(BigInt) } });
      expect(await client.appendToStream('a', written, { expectedRevision: esdb.NO_STREAM })).toEqual(first);
      expect(await client.appendToStream('a', written.slice(0, 1), { expectedRevision: esdb.NO_STREAM })).toMatchObject({ nextExpectedRevision: 0n });
      for (const expectedRevision of [esdb.NO_STREAM, 0n, 5n] as const)
        expect(await refusal(client.appendToStream('a', event(), { expectedRevision }))).toMatchObject({ type: 'wrong-expected-version', actualVersion: 1n });
      expect(await refusal(client.appendToStream('b', event(), { expectedRevision: 0n }))).toMatchObject({ type: 'wrong-expected-version', actualVersion: 'no_stream' });
      expect(await refusal(client.appendToStream('a', [...written, event()], { expectedRevision: esdb.NO_STREAM }))).toMatchObject({ actualVersion: 1n });
    });

    it('7 tells a retry at any revision by its ids alone, and refuses one that is half known', async () => {
      const client = await start({ batchAppend });
      const [known, other] = [event(), event()];
      const first = await client.appendToStream('a', known);
      await client.appendToStream('a', other);
      expect(await client.appendToStream('a', known)).toEqual(first);
      expect(await refusal(client.appendToStream('a', [known, event()]))).toMatchObject({ type: 'wrong-expected-version', actualVersion: 1n });
      expect(await client.appendToStream('b', known)).toMatchObject({ nextExpectedRevision: 0n });
      expect(await client.appendToStream('a', known, { expectedRevision: 1n })).toMatchObject({ nextExpectedRevision: 2n });
    });

    it('6 takes a stream with metadata only for one that exists', async () => {
      const client = await start({ batchAppend });
      expect(await refusal(client.appendToStream('a', event(), { expectedRevision: esdb.STREAM_EXISTS }))).toMatchObject({ type: 'wrong-expected-version' });
      await client.setStreamMetadata('a', { maxCount: 5 });
      expect(await client.appendToStream('a', event(), { expectedRevision: esdb.STREAM_EXISTS })).toMatchObject({ nextExpectedRevision: 0n });
    });

    it('19 refuses an append beyond its limit with the limit, and writes nothing', async () => {
      const client = await start({ batchAppend });
      const large = [event(), event('Large', { text: 'x'.repeat(APPEND_BYTES_MAX) })];
      expect(await refusal(client.appendToStream('a', large))).toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: APPEND_BYTES_MAX });
      expect(await refusal(revisions(client.readStream('a')))).toMatchObject({ type: 'stream-not-found' });
    });

    it('37 closes a stream for ever with a tombstone', async () => {
      const client = await start({ batchAppend });
      await client.appendToStream('a', events(2));
      await client.tombstoneStream('a', { expectedRevision: 1n });
      for (const expectedRevision of [esdb.ANY, esdb.NO_STREAM, 1n] as const)
        expect(await refusal(client.appendToStream('a', event(), { expectedRevision }))).toMatchObject({ type: 'stream-deleted', streamName: 'a' });
      expect(await refusal(revisions(client.readStream('a')))).toMatchObject({ type: 'stream-deleted', streamName: 'a' });
      expect(await refusal(revisions(client.subscribeToStream('a')))).toMatchObject({ type: 'stream-deleted' });
      expect(await refusal(client.deleteStream('a'))).toMatchObject({ type: 'stream-deleted' });
    });

    it('35 hides a soft-deleted stream, and goes on with its numbers when it is begun again', async () => {
      const client = await start({ batchAppend });
      await client.appendToStream('a', events(3));
      await client.deleteStream('a', { expectedRevision: 2n });
      expect(await refusal(revisions(client.readStream('a')))).toMatchObject({ type: 'stream-not-found' });
      expect(await refusal(client.appendToStream('a', event(), { expectedRevision: esdb.STREAM_EXISTS }))).toMatchObject({ type: 'stream-deleted' });
      expect(await client.appendToStream('a', event(), { expectedRevision: esdb.NO_STREAM })).toMatchObject({ nextExpectedRevision: 3n });
      expect(await revisions(client.readStream('a'))).toEqual([3]);
      expect(await revisions(client.readStream('a', { direction: esdb.BACKWARDS, fromRevision: esdb.END }))).toEqual([3]);
      const all = await Array.fromAsync(client.readAll());
      expect(all.filter((read) => read.event?.streamId === 'a')).toHaveLength(4); // 39
    });
  });
}

describe('deletes and metadata', () => {
  it('36 refuses to delete a stream that is not there or has another revision, in the trailers', async () => {
    const client = await start();
    await client.appendToStream('a', events(2));
    const wrong = { type: 'wrong-expected-version', streamName: 'a', expectedVersion: 5n, actualVersion: 1n };
    expect(await refusal(client.deleteStream('a', { expectedRevision: 5n }))).toMatchObject(wrong);
    expect(await refusal(client.tombstoneStream('a', { expectedRevision: 5n }))).toMatchObject(wrong);
    expect(await refusal(client.deleteStream('b'))).toMatchObject({ type: 'wrong-expected-version', actualVersion: 'no_stream' });
  });

  it('38 reads what $maxCount, $tb and $maxAge leave, forwards, backwards and counted', async () => {
    let nowMs = 1_700_000_000_000;
    const client = await start({ nowMs: () => nowMs });
    await client.appendToStream('a', events(3));
    nowMs += 10_000;
    await client.appendToStream('a', events(3));
    const left = async () => [
      await revisions(client.readStream('a')),
      await revisions(client.readStream('a', { direction: esdb.BACKWARDS, fromRevision: esdb.END })),
      await revisions(client.readStream('a', { fromRevision: 1n, maxCount: 1 })),
    ];
    expect(await left()).toEqual([[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [1]]);
    await client.setStreamMetadata('a', { maxCount: 2 }, { expectedRevision: esdb.NO_STREAM });
    expect(await left()).toEqual([[4, 5], [5, 4], [4]]);
    expect(await refusal(client.setStreamMetadata('a', {}, { expectedRevision: esdb.NO_STREAM }))).toMatchObject({ type: 'wrong-expected-version' });
    await client.setStreamMetadata('a', { truncateBefore: 5 }, { expectedRevision: 0n });
    expect(await left()).toEqual([[5], [5], [5]]);
    await client.setStreamMetadata('a', { maxAge: 5 });
    expect(await left()).toEqual([[3, 4, 5], [5, 4, 3], [3]]);
    expect(await client.getStreamMetadata('a')).toMatchObject({ metadata: { maxAge: 5 } });
    expect(await revisions(client.readStream('$$a'))).toEqual([2]); // of metadata the last event is kept
  });
});

describe('reading and subscribing', () => {
  it('reads the log forwards from a position and backwards from before it', async () => {
    const client = await start();
    await client.appendToStream('a', events(3));
    const all = await Array.fromAsync(client.readAll());
    const places = all.map((read) => read.event?.position.commit);
    expect(places).toEqual(places.toSorted((a, b) => Number(a) - Number(b)));
    expect(Number(places[3]) - Number(places[2])).toBeGreaterThan(50); // bytes, not counts
    const fromPosition = { commit: places[2] ?? 0n, prepare: places[2] ?? 0n };
    const commits = async (reading: AsyncIterable<esdb.AllStreamResolvedEvent>) => (await Array.fromAsync(reading)).map((read) => read.event?.position.commit);
    expect(await commits(client.readAll({ fromPosition }))).toEqual(places.slice(2));
    expect(await commits(client.readAll({ fromPosition, direction: esdb.BACKWARDS }))).toEqual(places.slice(0, 2).reverse());
    expect(await commits(client.readAll({ fromPosition: esdb.END, direction: esdb.BACKWARDS, maxCount: 1 }))).toEqual(places.slice(-1));
  });

  it('24 25 30 subscribes behind a position, catches up once, and tells how far it is when nothing matches', async () => {
    const client = await start();
    await client.appendToStream('a', events(40));
    const seen: string[] = [];
    const filter = esdb.eventTypeFilter({
      prefixes: ['Wanted'],
      checkpointReached: async () => void seen.push('checkpoint'),
    });
    const subscription = client.subscribeToAll({ filter, fromPosition: esdb.START });
    subscription.on('caughtUp', () => seen.push('caught up')).on('data', (read) => seen.push(read.event?.type ?? ''));
    await until(() => seen.includes('caught up'));
    await client.appendToStream('a', event('Wanted'));
    await until(() => seen.includes('Wanted'));
    await client.appendToStream('a', events(40));
    await until(() => seen.filter((word) => word === 'checkpoint').length === 2);
    expect(seen.filter((word) => word !== 'checkpoint')).toEqual(['caught up', 'Wanted']);
    await subscription.unsubscribe();
  });

  it('24 34 subscribes to a stream before it is there, and behind a revision', async () => {
    const client = await start();
    const seen: number[] = [];
    const early = client.subscribeToStream('a').on('data', (read) => seen.push(Number(read.event?.revision)));
    await client.appendToStream('a', events(3));
    await until(() => seen.length === 3);
    const late = client.subscribeToStream('a', { fromRevision: 1n }).on('data', (read) => seen.push(Number(read.event?.revision)));
    await until(() => seen.length === 4);
    expect(seen).toEqual([0, 1, 2, 2]);
    await Promise.all([early.unsubscribe(), late.unsubscribe()]);
  });

  it('refuses what the protocol calls invalid: events without a type, filters on a stream', async () => {
    await start();
    const raw = new streamsGrpc.StreamsClient(`127.0.0.1:${doubles[0]?.port}`, credentials.createInsecure());
    const error = await new Promise<ServiceError | null>((resolve) => {
      const call = raw.append(new Metadata(), (refused) => resolve(refused));
      call.write(new streamsPb.AppendReq().setOptions(new streamsPb.AppendReq.Options().setStreamIdentifier(identifierOf('a')).setAny(new Empty())));
      call.write(new streamsPb.AppendReq().setProposedMessage(new streamsPb.AppendReq.ProposedMessage()));
      call.end();
    });
    expect(error?.code).toBe(status.INVALID_ARGUMENT);
    expect(error?.metadata.get('exception')).toEqual(['missing-required-metadata-property']);
    expect(error?.metadata.get('required-metadata-properties')).toEqual(['type,content-type']);
    const options = new streamsPb.ReadReq.Options()
      .setStream(new streamsPb.ReadReq.Options.StreamOptions().setStreamIdentifier(identifierOf('a')).setStart(new Empty()))
      .setFilter(new streamsPb.ReadReq.Options.FilterOptions());
    const refused = await new Promise<ServiceError>((resolve) => raw.read(new streamsPb.ReadReq().setOptions(options)).on('error', resolve as (error: Error) => void));
    expect(refused.code).toBe(status.INVALID_ARGUMENT);
    raw.close();
  });
});

describe('logins and disks', () => {
  it('41 lets in who knows the password, over TLS, and denies everybody else', async () => {
    const client = await start({ credentials: { username: 'admin', password: 'a:secret' } });
    expect(await client.appendToStream('a', event())).toMatchObject({ success: true });
    const stranger = clientOf((doubles[0]?.connectionString ?? '').replace('a%3Asecret', 'wrong'));
    for (const work of [stranger.appendToStream('a', event()), revisions(stranger.readStream('a')), stranger.deleteStream('a')])
      expect(await refusal(work)).toMatchObject({ type: 'access-denied' });
    expect(await revisions(client.readStream('a'))).toEqual([0]);
  });

  it('29 keeps everything in its directory, and cuts off a torn end', async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'eventstore-double-'));
    const before = await start({ directory });
    await before.appendToStream('a', [...events(2), esdb.binaryEvent({ type: 'Bytes', data: Uint8Array.of(0, 255) })]);
    await before.setStreamMetadata('a', { maxCount: 2 });
    const all = await Array.fromAsync(before.readAll());
    await doubles.pop()?.stop();
    fs.appendFileSync(path.join(directory, 'log.records'), Buffer.from([0, 0, 1, 0, 1, 2, 3, 4, 5])); // of a frame of 256 bytes
    const after = await start({ directory });
    expect(await Array.fromAsync(after.readAll())).toEqual(all);
    expect(await revisions(after.readStream('a'))).toEqual([1, 2]);
    expect(await after.appendToStream('a', event(), { expectedRevision: 2n })).toMatchObject({ nextExpectedRevision: 3n });
    await doubles.pop()?.stop();
    const again = await start({ directory });
    expect(await Array.fromAsync(again.readAll())).toHaveLength(all.length + 1);
    fs.rmSync(directory, { recursive: true });
  });
});

describe('the double as a process', () => {
  it('prints how to connect to it, and ends when told to', async () => {
    const process = startLogProcess(`process.argv.splice(1, Infinity, 'main', '--no-batch-append'); await import(base + 'eventstore-double/main.ts');`, []);
    await process.printed(1);
    const client = clientOf(process.lines[0] ?? '');
    expect(await client.appendToStream('a', event())).toMatchObject({ success: true });
    process.child.kill('SIGTERM');
    const [code] = (await once(process.child, 'close')) as [number | null];
    expect(code).toBe(0);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
