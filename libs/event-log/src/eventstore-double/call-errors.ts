import { Metadata, status } from '@grpc/grpc-js';
import { NO_STREAM_REVISION, type ExpectedStreamRevision } from './stored-record.js';

/** An answer that is no answer: a code, and what went wrong in the trailers, as the server's clients expect it. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: status;
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(code: status, details: string, trailers: Readonly<Record<string, string>> = {}) {
    super(details);
    this.code = code;
    this.details = details;
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, value);
  }
}

export const accessDenied = (): CallError => new CallError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const streamDeleted = (stream: string): CallError =>
  new CallError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, { exception: 'stream-deleted', 'stream-name': stream });

export function wrongExpectedVersion(stream: string, expected: ExpectedStreamRevision, current: number): CallError {
  const trailers = { exception: 'wrong-expected-version', 'stream-name': stream, 'expected-version': String(expectedNumber(expected)) };
  const details = `Append failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${current}`;
  return new CallError(status.FAILED_PRECONDITION, details, current === NO_STREAM_REVISION ? trailers : { ...trailers, 'actual-version': String(current) });
}

export const appendTooLarge = (bytesMax: number): CallError =>
  new CallError(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytesMax} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytesMax),
  });

export const missingMetadata = (missing: readonly string[]): CallError =>
  new CallError(status.INVALID_ARGUMENT, `Required Metadata Property '${missing.join()}' Missing.`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

export const invalidArgument = (details: string): CallError => new CallError(status.INVALID_ARGUMENT, details);

/** The disk failed: nothing is known of what was asked. */
export const unavailable = (cause: unknown): CallError => new CallError(status.UNAVAILABLE, `Server Is Not Ready: ${String(cause)}`);

/** The words of the protocol as its old numbers. */
function expectedNumber(expected: ExpectedStreamRevision): number {
  if (typeof expected === 'number') return expected;
  return { no_stream: -1, any: -2, stream_exists: -4 }[expected];
}
