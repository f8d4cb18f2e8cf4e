import type { EventLogReader, RecordedEvent } from '@slipway/event-log';
import type { LogKind } from '../log-place.js';
import { isAfter, type Moment } from '../moment.js';
import { EXPORT_FORMAT, exportedEvent, LineSeals, type ExportFooter } from './export-format.js';

/** `from` is a position, inclusive; `until` null is the end of the log as it is when the export begins. */
export type ExportRange = { readonly streamPrefix: string | null; readonly from: number; readonly until: Moment | null };

export type ExportProgress = { readonly position: number; readonly head: number; readonly events: number };
export type Exported = { readonly footer: ExportFooter; readonly sum: string };

/** Text is handed on in pieces of about this size. */
const CHUNK_CHARACTERS = 65_536;

/**
 * The text of an export, piece by piece, and in the end what it holds. What is appended meanwhile is left out, so the
 * export is the log as it stood at one position.
 */
export async function* exportText(
  log: EventLogReader,
  kind: LogKind,
  range: ExportRange,
  exportedAt: string,
  onProgress: (progress: ExportProgress) => void,
): AsyncGenerator<string, Exported> {
  const seals = new LineSeals();
  const head = await log.head();
  const until = range.until !== null && 'position' in range.until ? Math.min(range.until.position, head) : head;
  const untilTime = range.until !== null && 'timeMs' in range.until ? new Date(range.until.timeMs).toISOString() : null;
  let text = seals.seal({ slipwayExport: EXPORT_FORMAT, log: kind, stream: range.streamPrefix, from: range.from, until, untilTime, exportedAt });
  let [events, first, last]: [number, number | null, number | null] = [0, null, null];
  for await (const page of eventsUntil(log, range, until)) {
    for (const event of page) {
      if (range.streamPrefix !== null && !event.streamId.startsWith(range.streamPrefix)) continue;
      text += seals.seal(exportedEvent(event));
      [events, first, last] = [events + 1, first ?? event.position, event.position];
      if (text.length < CHUNK_CHARACTERS) continue;
      yield text;
      text = '';
    }
    onProgress({ position: page.at(-1)?.position ?? 0, head: until, events });
  }
  const footer: ExportFooter = { end: true, events, first, last };
  yield text + seals.seal(footer);
  return { footer, sum: seals.sum };
}

/** Up to the first event that is past the range: an export has no holes, whatever the clocks said. */
async function* eventsUntil(log: EventLogReader, range: ExportRange, until: number): AsyncGenerator<readonly RecordedEvent[]> {
  const { streamPrefix } = range;
  const needsAll = streamPrefix === null || streamPrefix === '' || (range.until !== null && 'timeMs' in range.until);
  const filter = needsAll ? {} : { streamPrefixes: [streamPrefix] };
  for await (const page of log.readAll({ after: range.from - 1, filter }).pages()) {
    const end = page.findIndex((event) => event.position > until || (range.until !== null && isAfter(event, range.until)));
    yield end === -1 ? page : page.slice(0, end);
    if (end !== -1) return;
  }
}

