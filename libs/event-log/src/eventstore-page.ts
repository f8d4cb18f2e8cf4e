import type { ConnectionPage, ConnectionRecord } from './eventstore-connection.js';

/** A page ends early when it holds so much, roughly: counted is the text of the data, not what JavaScript makes of it. */
export const PAGE_BYTES_MAX = 8_388_608;

/** The client's read stream, as far as it is used. */
export type ClientReading = {
  on(event: 'data', listener: (resolved: { readonly event?: ClientRecord }) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  cancel(): Promise<void>;
};

export type ClientRecord = {
  readonly streamId: string;
  readonly revision: bigint;
  readonly position?: { readonly commit: bigint };
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly created: Date;
};

/** The client itself knows no deadline for reads. */
export class ReadTimeoutError extends Error {
  override readonly name = 'ReadTimeoutError';
  readonly type = 'deadline-exceeded';
}

/** Servers before 22.6 read streams without positions. */
class PositionlessServerError extends Error {
  override readonly name = 'PositionlessServerError';
  readonly type = 'unsupported';
}

/** Reads to the end, or until there is a page full, within a deadline; rejects with the signal's reason when it aborts. */
export function collectPage(reading: ClientReading, countMax: number, deadlineMs: number, closing: AbortSignal): Promise<ConnectionPage> {
  return new Promise((resolve, reject) => {
    const records: ConnectionRecord[] = [];
    let bytes = 0;
    let settled = false;
    const settle = (answer: () => void): void => {
      settled = true;
      clearTimeout(timer);
      closing.removeEventListener('abort', close);
      answer();
    };
    const giveUp = (reason: unknown): void => {
      settle(() => reject(reason as Error));
      cancel(reading);
    };
    const timer = setTimeout(() => giveUp(new ReadTimeoutError(`no answer within ${deadlineMs} ms`)), deadlineMs);
    const close = (): void => giveUp(closing.reason); // the client says nothing when it is closed
    closing.addEventListener('abort', close);
    reading.on('data', ({ event }) => {
      if (settled || event === undefined) return;
      if (event.position === undefined) return giveUp(new PositionlessServerError('it tells no positions of events'));
      records.push(recordOf(event));
      bytes += sizeOf(event.data);
      if (bytes <= PAGE_BYTES_MAX || records.length < 2) return; // one may be where the last page ended
      settle(() => resolve({ records, atEnd: false }));
      cancel(reading);
    });
    reading.on('end', () => settle(() => resolve({ records, atEnd: records.length < countMax })));
    reading.on('error', (error) => settle(() => reject(error))); // it may come more than once
  });
}

function cancel(reading: ClientReading): void {
  reading.cancel().catch(() => undefined); // there may be nothing to cancel
}

function recordOf(event: ClientRecord): ConnectionRecord {
  return {
    stream: event.streamId,
    revision: Number(event.revision),
    position: Number(event.position?.commit),
    id: event.id,
    type: event.type,
    data: event.data,
    metadata: event.metadata,
    createdMs: event.created.getTime(),
  };
}

function sizeOf(data: unknown): number {
  return data instanceof Uint8Array ? data.byteLength : typeof data === 'string' ? data.length : JSON.stringify(data).length;
}
