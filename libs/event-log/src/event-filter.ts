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

/** Lets through at least what any of the filters does, so that one follower can serve them all. */
export function unionOf(filters: readonly EventFilter[]): EventFilter {
  const types = filters.map((filter) => filter.types);
  const streamPrefixes = filters.map((filter) => filter.streamPrefixes);
  const complete = (lists: readonly (readonly string[] | undefined)[]): lists is readonly (readonly string[])[] => !lists.includes(undefined);
  return {
    ...(complete(types) && { types: [...new Set(types.flat())] }),
    ...(complete(streamPrefixes) && { streamPrefixes: [...new Set(streamPrefixes.flat())] }),
  };
}
