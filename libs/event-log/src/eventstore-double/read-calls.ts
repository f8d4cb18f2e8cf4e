import type * as streams from '@eventstore/db-client/generated/streams_pb.js';
import { invalidArgument, streamDeleted } from './call-errors.js';
import type { DoubleDatabase } from './double-database.js';
import { readLog, readStream, type LogStart, type ReadDirection } from './double-reads.js';
import { send, type ReadCall } from './read-answer.js';
import { filterOf, type RecordFilter } from './record-filter.js';
import type { StoredRecord } from './stored-record.js';
import { subscribeToLog, subscribeToStream } from './subscription-calls.js';
import * as wire from './wire-definitions.js';
import { eventMessage, nameOf, notFoundMessage } from './wire-messages.js';

/** One call for everything that reads: a stream or the log, counted or subscribed to. */
export async function read(database: DoubleDatabase, nowMs: () => number, call: ReadCall): Promise<void> {
  const options = call.request.getOptions();
  const [ofStream, ofAll] = [options?.getStream(), options?.getAll()];
  if (options === undefined || (ofStream === undefined && ofAll === undefined)) return void call.emit('error', invalidArgument('the options are missing'));
  const direction: ReadDirection = options.getReadDirection() === 0 ? 'forwards' : 'backwards';
  const subscribes = options.hasSubscription();
  if ((subscribes && direction === 'backwards') || (options.hasFilter() && ofAll === undefined))
    return void call.emit('error', invalidArgument('the combination of options is invalid'));
  const structuredIds = options.getUuidOption()?.hasStructured() ?? false;
  const counted = { direction, count: Number(options.getCount()), structuredIds };
  if (ofStream !== undefined) {
    const stream = nameOf(ofStream.getStreamIdentifier());
    const start = ofStream.hasStart() ? 'start' : ofStream.hasEnd() ? 'end' : Number(ofStream.getRevision());
    if (subscribes) return subscribeToStream(database, call, stream, start, structuredIds);
    const compatible = (options.getControlOption()?.getCompatibility() ?? 0) >= 1;
    return sendStream(database, nowMs(), call, stream, start, { ...counted, compatible });
  }
  const position = ofAll?.getPosition();
  const start = ofAll?.hasStart() ? 'start' : ofAll?.hasEnd() ? 'end' : Number(position?.getCommitPosition());
  const filter = validFilter(call, options);
  if (filter === undefined) return;
  return subscribes ? subscribeToLog(database, call, start, filter, structuredIds) : sendLog(database, call, start, filter, counted);
}

type Counted = { readonly direction: ReadDirection; readonly count: number; readonly structuredIds: boolean };

async function sendStream(
  database: DoubleDatabase,
  nowMs: number,
  call: ReadCall,
  stream: string,
  start: LogStart,
  options: Counted & { readonly compatible: boolean },
): Promise<void> {
  const reading = readStream(database, stream, options.direction, start, nowMs);
  if ('streamDeleted' in reading) return void call.emit('error', streamDeleted(stream));
  if ('notFound' in reading) {
    await send(call, notFoundMessage(stream));
    return void call.end();
  }
  await sendRecords(call, reading.records, options);
  if (options.compatible) {
    await send(call, new wire.ReadResp().setFirstStreamPosition(String(reading.first)));
    await send(call, new wire.ReadResp().setLastStreamPosition(String(reading.last)));
  }
  call.end();
}

async function sendLog(database: DoubleDatabase, call: ReadCall, start: LogStart, filter: RecordFilter | null, options: Counted): Promise<void> {
  await sendRecords(call, readLog(database, options.direction, start, filter), options);
  call.end();
}

async function sendRecords(call: ReadCall, records: Iterable<StoredRecord>, { count, structuredIds }: Counted): Promise<void> {
  if (count <= 0) return;
  let sent = 0;
  for (const record of records) if (!(await send(call, eventMessage(record, structuredIds))) || ++sent >= count) return;
}

/** Undefined: the call has been refused. */
function validFilter(call: ReadCall, options: streams.ReadReq.Options): RecordFilter | null | undefined {
  try {
    return filterOf(options);
  } catch (error) {
    call.emit('error', invalidArgument((error as Error).message));
    return undefined;
  }
}
