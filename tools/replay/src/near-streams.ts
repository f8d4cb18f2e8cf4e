import type { EventLogReader } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from './exit-codes.js';

/** How many streams are looked at to find some with a name like the one asked for. */
export const NEAR_STREAMS_SCANNED_MAX = 50_000;
export const NEAR_STREAMS_SHOWN_MAX = 3;
/** Share of letter pairs in common, from 0 to 1. */
const LIKENESS_MIN = 0.5;

/** The refusal for a stream nobody wrote to, with what may have been meant. */
export async function unknownStream(log: EventLogReader, streamId: string): Promise<ReplayError> {
  const near = await nearStreams(log, streamId);
  const meant = near.length === 0 ? 'see "streams" for those there are' : `did you mean ${near.join(', ')}?`;
  return new ReplayError(EXIT_CODES.usage, `there is no stream ${JSON.stringify(streamId)}: ${meant}`);
}

async function nearStreams(log: EventLogReader, wanted: string): Promise<readonly string[]> {
  const scored: { readonly streamId: string; readonly likeness: number }[] = [];
  let scanned = 0;
  for await (const { streamId } of log.listStreams()) {
    if (++scanned > NEAR_STREAMS_SCANNED_MAX) break;
    // An id without its category, or a part of one, is the likeliest thing to be pasted.
    const likeness = streamId.includes(wanted) ? 1 : likenessOf(wanted, streamId);
    if (likeness >= LIKENESS_MIN) scored.push({ streamId, likeness });
  }
  scored.sort((a, b) => b.likeness - a.likeness);
  return scored.slice(0, NEAR_STREAMS_SHOWN_MAX).map(({ streamId }) => streamId);
}

/** Dice's coefficient over pairs of letters. */
function likenessOf(a: string, b: string): number {
  const pairs = pairsOf(a);
  const others = pairsOf(b);
  const common = pairs.filter((pair) => {
    const at = others.indexOf(pair);
    if (at >= 0) others.splice(at, 1);
    return at >= 0;
  }).length;
  const total = Math.max(1, a.length - 1 + b.length - 1);
  return (2 * common) / total;
}

const pairsOf = (text: string): string[] => Array.from({ length: Math.max(0, text.length - 1) }, (_, at) => text.slice(at, at + 2));
