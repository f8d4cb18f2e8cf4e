import type { EventLog } from './event-log.js';
import { appendConformance } from './event-log-append.conformance.js';
import { followConformance } from './event-log-follow.conformance.js';
import { readConformance } from './event-log-read.conformance.js';

/** How the suite gets at the adapter under test. */
export type EventLogUnderTest = {
  /** A fresh and empty log; the suite closes it. */
  open(options?: { readonly nowMs?: () => number }): Promise<EventLog>;
  /** The same log again after it was closed. Absent: nothing of it survives. */
  reopen?(): Promise<EventLog>;
};

/**
 * What every event log must do: an adapter's whole spec is one call to this. The numbers in the titles are those of the
 * fifty lines against which event stores are compared. Lines without a test here, and why:
 *
 * - 12 (crash between the events of one append), 28 and 29 (connection cut, server restart), 31 (memory of a slow
 *   consumer): the observable half is here; the crash itself is made by each adapter's own tests.
 * - 35–39, 49 (delete, tombstone, `$maxCount`, `$maxAge`): the port has no way to delete or to let events expire.
 * - 41 (access denied), 42 (leader changes), 44 (server features): matters between a client and its server; an adapter
 *   of a remote store maps them to errors, which the port calls an unknown outcome, and line 40 says what then holds.
 * - 43 (persistent subscriptions): not in the port; consumers keep their checkpoint beside their rows.
 * - 46: revisions and positions are safe integers and not bigints, so they survive JSON as they are.
 * - 23's system events: there are none.
 */
export function eventLogConformance(adapter: string, subject: EventLogUnderTest): void {
  describe(`${adapter} is an event log`, () => {
    appendConformance(subject);
    readConformance(subject);
    followConformance(subject);
  });
}
