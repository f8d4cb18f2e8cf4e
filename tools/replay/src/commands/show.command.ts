import type { EventLogReader, RecordedEvent } from '@slipway/event-log';
import { readKnownStream } from '../folds/fold-stream.js';
import { counted, harmless, prettyJson, readableTime } from '../readable-text.js';
import type { Terminal } from '../terminal.js';

/** Events in one answer, unless --limit says otherwise. */
export const EVENTS_SHOWN_DEFAULT = 100;
export const EVENTS_SHOWN_MAX = 100_000;

export type ShowOptions = {
  /** Revision to begin at, from 0. */
  readonly from: number;
  readonly limit: number;
  readonly verbose: boolean;
  readonly json: boolean;
};

/** The events of one stream, oldest first. Throws ReplayError when there is no such stream. */
export async function showStream(log: EventLogReader, streamId: string, { from, limit, verbose, json }: ShowOptions, terminal: Terminal): Promise<void> {
  const shown: RecordedEvent[] = [];
  let next: number | null = null;
  for await (const event of await readKnownStream(log, streamId, from, limit + 1)) {
    if (shown.length === limit) {
      next = event.revision;
      break;
    }
    if (json) shown.push(event);
    else {
      terminal.answer(`${shown.length === 0 ? '' : '\n'}${eventText(event, verbose)}`);
      shown.push(event);
    }
  }
  if (json) return terminal.answer(prettyJson({ stream: streamId, events: shown.map((event) => eventJson(event, verbose)), next }));
  if (shown.length === 0) terminal.note(`${streamId} has no event at revision ${from} or after`);
  if (next !== null) terminal.note(`cut after ${counted(limit, 'event')}: go on with --from ${next}, or raise --limit (at most ${EVENTS_SHOWN_MAX})`);
}

function eventText({ position, revision, recordedAtMs, type, version, metadata, id, data }: RecordedEvent, verbose: boolean): string {
  const by = metadata.actor === undefined ? '' : `  by ${harmless(metadata.actor)}`;
  const head = `position ${position}  revision ${revision}  ${readableTime(recordedAtMs)}  ${type} v${version}${by}`;
  return verbose ? `${head}\nid ${id}\nmetadata ${prettyJson(metadata)}\ndata ${prettyJson(data)}` : `${head}\n${prettyJson(data)}`;
}

function eventJson({ position, revision, recordedAtMs, type, version, metadata, id, data }: RecordedEvent, verbose: boolean): unknown {
  const recordedAt = readableTime(recordedAtMs);
  const shown = { position, revision, recordedAt, type, version, actor: metadata.actor ?? null, data };
  return verbose ? { ...shown, id, metadata } : shown;
}
