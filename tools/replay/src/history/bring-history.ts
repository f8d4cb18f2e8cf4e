import { InvalidEventError, openEventLogReaderAt, openHistoryWriterAt, renumberedHistory, type RecordedEvent } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from '../exit-codes.js';
import { failureOf } from '../log-failure.js';
import { keepsChain, type LogPlace } from '../log-place.js';
import { withServerPositions } from './server-positions.js';

export type Pages = AsyncIterable<readonly RecordedEvent[]>;

/** `read`: events of the history; `written`: those the log did not hold yet. `hash`: of its head, null where it keeps none. */
export type Brought = { readonly read: number; readonly written: number; readonly hash: string | null };

/**
 * Brings a history, from its first event on, into a log that is empty or holds the beginning of the same. Its end may come
 * early: started again, it goes on from there. Throws ReplayError.
 */
export async function bringHistory(history: Pages, target: LogPlace, onRead: (events: number) => void): Promise<Brought> {
  let read = 0;
  const counted = async function* (): AsyncGenerator<readonly RecordedEvent[]> {
    for await (const page of renumberedHistory(history)) {
      yield page;
      onRead((read += page.length));
    }
  };
  try {
    await using writer = await openHistoryWriterAt(target.address);
    if (keepsChain(target)) {
      const { events, head } = await writer.importHistory(counted());
      return { read, written: events, hash: head?.hash ?? null };
    }
    await using reader = await openEventLogReaderAt(target.address);
    const { events } = await writer.importHistory(withServerPositions(counted(), reader));
    return { read, written: events, hash: null };
  } catch (error) {
    if (error instanceof InvalidEventError) throw new ReplayError(EXIT_CODES.logCorrupt, error.message);
    throw failureOf(error, target.label);
  }
}
