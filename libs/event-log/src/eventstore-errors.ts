/** The connection string cannot be read. It is not repeated, because it may hold a password. */
export class EventStoreConnectionStringError extends Error {
  override readonly name = 'EventStoreConnectionStringError';
  readonly code = 'LOG_URL_INVALID';

  constructor(cause?: unknown) {
    super('the connection string of the event store is malformed; it should look like esdb://user:password@host:2113?tls=true', { cause });
  }
}

/** Somebody deleted the stream on the server for ever. This log never deletes, so nothing here can answer for it. */
export class EventStoreStreamDeletedError extends Error {
  override readonly name = 'EventStoreStreamDeletedError';
  readonly code = 'LOG_STREAM_DELETED';

  constructor(server: string, stream: string, cause?: unknown) {
    super(`stream ${stream} was deleted on the event store ${server}: its history is gone, and no event can follow it`, { cause });
  }
}
