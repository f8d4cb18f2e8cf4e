import type { Fact } from '@slipway/contracts';
import type { LiveFact, RecordedEvent } from '@slipway/event-log';

/** An event of the log on its way to the bus; `previousPosition` is that of the event before it in the log. */
export function factOf(event: RecordedEvent, previousPosition: number): Fact {
  return { ...event, previousPosition };
}

/** A fact of the bus as the log has it. */
export function liveFactOf({ previousPosition, ...event }: Fact): LiveFact {
  return { event, previousPosition, sizeBytes: FIXED_BYTES + bytesOf(event.data) };
}

/** About what ids, type and metadata take. */
const FIXED_BYTES = 512;

function bytesOf(data: unknown): number {
  return data instanceof Uint8Array ? data.byteLength : (JSON.stringify(data) ?? '').length;
}
