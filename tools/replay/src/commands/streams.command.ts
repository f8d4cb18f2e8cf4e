import { splitStream } from '@slipway/contracts';
import type { EventLogReader, RecordedEvent } from '@slipway/event-log';
import { counted, readableCount, readableTime, textTable } from '../readable-text.js';
import type { Terminal } from '../terminal.js';

/** Streams in one answer, unless --limit says otherwise. */
export const STREAMS_SHOWN_DEFAULT = 100;
export const STREAMS_SHOWN_MAX = 10_000;

export type StreamsOptions = {
  readonly prefix: string;
  /** Stream to go on after. */
  readonly after: string | null;
  readonly limit: number;
  readonly json: boolean;
};

type StreamLine = { readonly stream: string; readonly events: number; readonly firstAtMs: number; readonly lastAtMs: number };

/** The streams in byte order, each with its size and span, and how many there are of each category. */
export async function listStreams(log: EventLogReader, { prefix, after, limit, json }: StreamsOptions, terminal: Terminal): Promise<void> {
  const shown: { readonly stream: string; readonly events: number }[] = [];
  const categories = new Map<string, { streams: number; events: number }>();
  let next: string | null = null;
  for await (const { streamId, revision } of log.listStreams({ prefix })) {
    const { category } = splitStream(streamId);
    const counts = categories.get(category) ?? { streams: 0, events: 0 };
    categories.set(category, { streams: counts.streams + 1, events: counts.events + revision + 1 });
    if (after !== null && Buffer.compare(Buffer.from(streamId), Buffer.from(after)) <= 0) continue;
    if (shown.length < limit) shown.push({ stream: streamId, events: revision + 1 });
    else next ??= shown.at(-1)?.stream ?? null;
  }
  const lines: StreamLine[] = [];
  for (const { stream, events } of shown) {
    const [first, last] = [await edge(log, stream, 'forwards'), await edge(log, stream, 'backwards')];
    lines.push({ stream, events, firstAtMs: first?.recordedAtMs ?? 0, lastAtMs: last?.recordedAtMs ?? 0 });
  }
  if (json) return terminal.answer(JSON.stringify({ streams: lines, categories: Object.fromEntries(categories), next }, null, 2));
  print(lines, categories, terminal);
  if (next !== null) terminal.note(`cut after ${counted(limit, 'stream')}: go on with --after ${next}, or raise --limit (at most ${STREAMS_SHOWN_MAX})`);
}

function print(lines: readonly StreamLine[], categories: ReadonlyMap<string, { streams: number; events: number }>, terminal: Terminal): void {
  const rows = lines.map((line) => [line.stream, readableCount(line.events), readableTime(line.firstAtMs), readableTime(line.lastAtMs)]);
  terminal.answer(textTable(['stream', 'events', 'first', 'last'], rows, ['events']));
  const counts = [...categories].sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = counts.reduce((all, [, one]) => ({ streams: all.streams + one.streams, events: all.events + one.events }), { streams: 0, events: 0 });
  const table = [...counts, ['all', sum] as const].map(([name, one]) => [name, readableCount(one.streams), readableCount(one.events)]);
  terminal.answer(`\n${textTable(['category', 'streams', 'events'], table, ['streams', 'events'])}`);
}

async function edge(log: EventLogReader, streamId: string, direction: 'forwards' | 'backwards'): Promise<RecordedEvent | null> {
  const read = await log.readStream(streamId, { direction, limit: 1 });
  const [event] = 'found' in read ? await Array.fromAsync(read.found) : [];
  return event ?? null;
}
