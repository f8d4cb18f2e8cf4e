import { SlipwayError } from '@slipway/contracts';
import { ContendedStreamError, LogOverloadedError } from '@slipway/event-log';

/** What the log itself refuses: passing trouble, said as such. */
export function logFailure(error: unknown): unknown {
  if (error instanceof ContendedStreamError) return new SlipwayError('CONTENTION');
  if (error instanceof LogOverloadedError) return new SlipwayError('UNAVAILABLE', { what: 'the event log (its queue is full)' });
  return error;
}
