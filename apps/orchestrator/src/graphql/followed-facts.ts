import type { EventFilter, EventLogReader, RecordedEvent } from '@slipway/event-log';

/** Follows the log from now on until the subscriber leaves; `before` must have settled before the first event is taken. */
export function followed(
  log: EventLogReader,
  filter: EventFilter,
  before: Promise<unknown>,
  end: (error?: Error) => void,
  take: (recorded: RecordedEvent) => void | Promise<void>,
): () => void {
  const leaving = new AbortController();
  const messages = log.follow({ after: 'end', filter, signal: leaving.signal });
  const run = async (): Promise<void> => {
    await before;
    for await (const message of messages) if ('event' in message) await take(message.event);
  };
  run().then(
    () => end(),
    (error: unknown) => end(error instanceof Error ? error : new Error(String(error))),
  );
  return () => leaving.abort();
}
