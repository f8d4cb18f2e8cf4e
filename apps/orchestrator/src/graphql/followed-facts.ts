import type { EventFilter, EventLogReader, RecordedEvent } from '@slipway/event-log';

/**
 * Where a subscription begins that is answered now. Looked up before it is answered, so that whoever has the answer misses
 * nothing of what happens from then on.
 * @throws whatever the signal was aborted with, when the asker left meanwhile.
 */
export async function nowIn(log: EventLogReader, signal: AbortSignal | undefined): Promise<number> {
  const position = await log.head();
  signal?.throwIfAborted();
  return position;
}

/** Follows the log from a position on until the subscriber leaves; `before` must have settled before the first event is taken. */
export function followed(
  log: EventLogReader,
  { after, ...filter }: EventFilter & { readonly after: number },
  before: Promise<unknown>,
  end: (error?: Error) => void,
  take: (recorded: RecordedEvent) => void | Promise<void>,
): () => void {
  const leaving = new AbortController();
  const messages = log.follow({ after, filter, signal: leaving.signal });
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
