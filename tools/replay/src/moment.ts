import type { RecordedEvent } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from './exit-codes.js';
import { readableTime } from './readable-text.js';

/** A point in the past: everything up to and including a position of the log, or recorded up to a time. */
export type Moment = { readonly position: number } | { readonly timeMs: number };

/** "1204" is a position; "2026-11-20T12:00:00Z" a time, in UTC where it names no zone. Throws ReplayError. */
export function parseMoment(text: string): Moment {
  if (/^\d{1,15}$/.test(text)) return { position: Number(text) };
  const [, zone] = ISO_TIME.exec(text) ?? [];
  const timeMs = ISO_TIME.test(text) ? Date.parse(zone === undefined && text.includes('T') ? `${text}Z` : text) : Number.NaN;
  if (Number.isNaN(timeMs))
    throw new ReplayError(EXIT_CODES.usage, `"${text}" is neither a position of the log nor a time such as 2026-11-20T12:00:00Z`);
  return { timeMs };
}

/** A stream's times only ever grow when its clock does; what comes after a later event belongs to later, too. */
export const isAfter = (event: RecordedEvent, moment: Moment): boolean =>
  'position' in moment ? event.position > moment.position : event.recordedAtMs > moment.timeMs;

export const readableMoment = (moment: Moment): string =>
  'position' in moment ? `position ${moment.position}` : readableTime(moment.timeMs);

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;
