import * as fs from 'node:fs';
import { verifyEventLogAt, type EventLogReader } from '@slipway/event-log';
import { keepsChain, LOG_KIND_NAMES, type LogPlace } from '../log-place.js';
import { withLog } from '../open-log.js';
import { counted, readableCount } from '../readable-text.js';
import type { Terminal } from '../terminal.js';
import { Findings, type Check } from './check.js';

/** `hash` is null where the log keeps no chain of hashes. */
export type VerifiedLog = { readonly head: { readonly position: number; readonly hash: string | null }; readonly events: number; readonly check: Check };

/**
 * Every page, index entry and hash of the log, or where it keeps no hashes the order of its events. Throws
 * CorruptLogError: a damaged log proves nothing about the rest.
 */
export async function checkLog(place: LogPlace, terminal: Terminal): Promise<VerifiedLog> {
  if (!keepsChain(place)) return withLog(place, (log) => checkOrder(log, place, terminal));
  const findings = new Findings();
  // Just made, or by a platform that was killed right then: SQLite writes nothing before the first table.
  if (place.file !== null && fs.statSync(place.file).size === 0) return { head: { position: 0, hash: '' }, events: 0, check: findings.check('hash chain', counted(0, 'event')) };
  terminal.progress('hash chain: every page and table');
  const head = await verifyEventLogAt(place.address, ({ position }) => terminal.progress(`hash chain: ${readableCount(position)} events`));
  terminal.progress(null);
  return { head, events: head.position, check: findings.check('hash chain', counted(head.position, 'event')) };
}

/** Positions rise, and the revisions of every stream follow one another. */
async function checkOrder(log: EventLogReader, { kind }: LogPlace, terminal: Terminal): Promise<VerifiedLog> {
  const findings = new Findings();
  const revisions = new Map<string, number>();
  const head = await log.head();
  let [position, events] = [0, 0];
  for await (const page of log.readAll().pages()) {
    for (const event of page) {
      if (event.position > head) break;
      if (event.position <= position) findings.add(`position ${event.position} follows ${position}`);
      const expected = (revisions.get(event.streamId) ?? -1) + 1;
      if (event.revision !== expected) findings.add(`${event.streamId} has revision ${event.revision} at position ${event.position} where ${expected} would follow`);
      revisions.set(event.streamId, event.revision);
      position = event.position;
      events++;
    }
    terminal.progress(`order: ${readableCount(events)} events`);
  }
  terminal.progress(null);
  if (position !== head) findings.add(`it ends at position ${position}, but says that it ends at ${head}`);
  return { head: { position: head, hash: null }, events, check: findings.check('log order', counted(events, 'event'), `ok; ${LOG_KIND_NAMES[kind]} keeps no hash chain to verify`) };
}
