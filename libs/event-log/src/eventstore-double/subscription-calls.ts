import { randomUUID } from 'node:crypto';
import { streamDeleted } from './call-errors.js';
import type { DoubleDatabase } from './double-database.js';
import { readStream, type LogStart, type StreamStart } from './double-reads.js';
import { send, type ReadCall } from './read-answer.js';
import type { RecordFilter } from './record-filter.js';
import * as wire from './wire-definitions.js';
import { checkpointMessage, eventMessage } from './wire-messages.js';

/**
 * Everything after the position, then what comes. It walks the log at its client's pace and holds nothing, so a slow
 * client costs no memory here and is never told that it fell behind.
 */
export async function subscribeToLog(database: DoubleDatabase, call: ReadCall, start: LogStart, filter: RecordFilter | null, structuredIds: boolean): Promise<void> {
  let next = start === 'start' ? 0 : start === 'end' ? database.length : indexAfter(database, start);
  let unchecked = 0;
  await subscribed(database, call, async () => {
    for (let record = database.at(next); record !== undefined; record = database.at(++next)) {
      if (filter === null || filter.matches(record)) {
        if (!(await send(call, eventMessage(record, structuredIds)))) return false;
      }
      if (filter === null || ++unchecked < filter.checkpointEvery) continue;
      unchecked = 0;
      if (!(await send(call, checkpointMessage(record.position)))) return false;
    }
    return true;
  });
}

/** The same for one stream, which need not be there yet. */
export async function subscribeToStream(database: DoubleDatabase, call: ReadCall, stream: string, start: StreamStart, structuredIds: boolean): Promise<void> {
  let next = start === 'start' ? 0 : start === 'end' ? (database.stream(stream)?.length ?? 0) : start + 1;
  await subscribed(database, call, async () => {
    const reading = readStream(database, stream, 'forwards', next, Date.now());
    if ('streamDeleted' in reading) {
      call.emit('error', streamDeleted(stream));
      return false;
    }
    if ('notFound' in reading) return true;
    for (const record of reading.records) {
      next = record.revision + 1;
      if (!(await send(call, eventMessage(record, structuredIds)))) return false;
    }
    return true;
  });
}

/** Confirms, sends what there is, says once that it caught up, and sends again after every change; `sendDue` is false once the client has gone. */
async function subscribed(database: DoubleDatabase, call: ReadCall, sendDue: () => Promise<boolean>): Promise<void> {
  let changed: boolean;
  let wake: (() => void) | null = null;
  const onChange = (): void => {
    changed = true;
    wake?.();
  };
  const unsubscribe = database.onChange(onChange);
  call.once('cancelled', onChange).once('close', onChange);
  const confirmation = new wire.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  let alive = await send(call, new wire.ReadResp().setConfirmation(confirmation));
  for (let caughtUp = false; alive && !call.cancelled && !call.destroyed; ) {
    changed = false;
    alive = await sendDue();
    if (alive && !caughtUp) alive = await send(call, new wire.ReadResp().setCaughtUp(new wire.ReadResp.CaughtUp()));
    caughtUp = true;
    if (!changed && alive && !call.cancelled) await new Promise<void>((resolve) => (wake = resolve));
    wake = null;
  }
  unsubscribe();
}

function indexAfter(database: DoubleDatabase, position: number): number {
  const index = database.indexOf(position);
  return database.at(index)?.position === position ? index + 1 : index;
}
