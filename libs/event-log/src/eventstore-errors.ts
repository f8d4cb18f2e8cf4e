/** No answer, or none in time. What was asked may have been done all the same: retry with the same ids. */
export class EventStoreUnreachableError extends Error {
  override readonly name = 'EventStoreUnreachableError';
  readonly code = 'LOG_UNREACHABLE';

  constructor(server: string, finding: string, cause?: unknown) {
    super(`the event store at ${server} cannot be reached: ${finding}`, { cause });
  }
}

/** The server answers, and does not let this login do what the log needs. */
export class EventStoreAccessDeniedError extends Error {
  override readonly name = 'EventStoreAccessDeniedError';
  readonly code = 'LOG_ACCESS_DENIED';

  constructor(server: string, cause?: unknown) {
    super(`the event store at ${server} denies access: check the login in the connection string; it must be allowed to write, and to read $all`, { cause });
  }
}

/** Something answers there, but it is no EventStoreDB that speaks gRPC. */
export class EventStoreWrongServerError extends Error {
  override readonly name = 'EventStoreWrongServerError';
  readonly code = 'LOG_WRONG_SERVER';

  constructor(server: string, finding: string, cause?: unknown) {
    super(`what answers at ${server} is not an EventStoreDB server that speaks gRPC: ${finding}`, { cause });
  }
}

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
    super(`stream ${stream} was deleted on the event store at ${server}`, { cause });
  }
}
