import type { EventLogReader } from '@slipway/event-log';
import { foldStream } from '../folds/fold-stream.js';
import type { Moment } from '../moment.js';
import { prettyJson, readableTime } from '../readable-text.js';
import type { Terminal } from '../terminal.js';

export type StateOptions = { readonly at: Moment | null; readonly json: boolean };

/** The state a stream folds to, now or at a moment in the past. Throws ReplayError. */
export async function showState(log: EventLogReader, streamId: string, { at, json }: StateOptions, terminal: Terminal): Promise<void> {
  const { state, last } = await foldStream(log, streamId, at);
  const { revision, position } = last;
  const recordedAt = readableTime(last.recordedAtMs);
  if (json) return terminal.answer(prettyJson({ stream: streamId, revision, position, recordedAt, state }));
  terminal.note(`${streamId} as of revision ${revision}, position ${position}, ${recordedAt}`);
  terminal.answer(prettyJson(state));
}
