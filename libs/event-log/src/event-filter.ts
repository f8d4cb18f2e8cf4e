import type { RecordedEvent } from './event-log.js';

/**
 * Which events of the log are wanted. Every given criterion must hold; within a list one match is enough; an empty
 * filter lets everything through, an empty list nothing. Patterns must not be sticky or global (`lastIndex` is state).
 */
export type EventFilter = {
  readonly streamPrefixes?: readonly string[];
  readonly types?: readonly string[];
  readonly typePrefixes?: readonly string[];
  readonly streamPattern?: RegExp;
  readonly typePattern?: RegExp;
};

export function matchesFilter(filter: EventFilter, event: Pick<RecordedEvent, 'streamId' | 'type'>): boolean {
  return (
    (filter.streamPrefixes?.some((prefix) => event.streamId.startsWith(prefix)) ?? true) &&
    (filter.types?.includes(event.type) ?? true) &&
    (filter.typePrefixes?.some((prefix) => event.type.startsWith(prefix)) ?? true) &&
    matchesPatterns(filter, event)
  );
}

/** The part that a database cannot do for us. */
export function matchesPatterns(filter: EventFilter, event: Pick<RecordedEvent, 'streamId' | 'type'>): boolean {
  return (filter.streamPattern?.test(event.streamId) ?? true) && (filter.typePattern?.test(event.type) ?? true);
}
