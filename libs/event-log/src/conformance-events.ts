import { randomUUID } from 'node:crypto';
import type { EventLogReader, NewEvent, RecordedEvent } from './event-log.js';

/** Events for the conformance suite. */
export function newEvent(type = 'Happened', data: unknown = {}, id: string = randomUUID()): NewEvent {
  return { id, type, version: 1, data, metadata: {} };
}

export const newEvents = (count: number, type?: string): NewEvent[] => Array.from({ length: count }, (_, index) => newEvent(type, { index }));

export const newStreamId = (category = 'stream'): string => `${category}-${randomUUID()}`;

export async function eventsOf(log: EventLogReader, streamId: string): Promise<RecordedEvent[]> {
  const read = await log.readStream(streamId);
  return 'found' in read ? Array.fromAsync(read.found) : [];
}
