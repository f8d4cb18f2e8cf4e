import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { StoredRecord } from './stored-record.js';

const SEARCH_WINDOW_DEFAULT = 32;

/** A filter of `$all`, and after how many records a subscription with it says how far it is. */
export type RecordFilter = { matches(record: StoredRecord): boolean; readonly checkpointEvery: number };

/** Null when the request has no filter; throws when it is malformed. */
export function filterOf(options: ReadReq.Options): RecordFilter | null {
  const filter = options.getFilter();
  if (filter === undefined) return null;
  const byStream = filter.getStreamIdentifier();
  const expression = byStream ?? filter.getEventType();
  if (expression === undefined) throw new Error('a filter needs an expression');
  const prefixes = expression.getPrefixList();
  const pattern = expression.getRegex() === '' ? null : new RegExp(expression.getRegex());
  const window = filter.hasMax() ? filter.getMax() : SEARCH_WINDOW_DEFAULT;
  return {
    matches: (record) => {
      const text = byStream === undefined ? record.type : record.stream;
      return pattern === null ? prefixes.some((prefix) => text.startsWith(prefix)) : pattern.test(text);
    },
    checkpointEvery: Math.max(1, window * filter.getCheckpointintervalmultiplier()),
  };
}
