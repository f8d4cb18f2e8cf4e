import { SlipwayError } from './error-catalogue.js';

/**
 * What a command could not be recorded for, as a user meets it: passing trouble, said as such, or input that is too large.
 * Told by the code of the log's error, since a log is an adapter; any other error comes back as it is.
 */
export function logRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'STREAM_CONTENDED':
      return new SlipwayError('CONTENTION');
    case 'LOG_OVERLOADED':
      return new SlipwayError('UNAVAILABLE', { what: 'the event log (its queue is full)' });
    case 'COMMAND_TOO_LARGE': {
      const { sizeBytes, sizeBytesMax } = error as Error & { readonly sizeBytes?: number; readonly sizeBytesMax?: number };
      return new SlipwayError('INVALID_INPUT', { problems: `the input takes ${sizeBytes} bytes; ${sizeBytesMax} are allowed` });
    }
    default:
      return error;
  }
}
