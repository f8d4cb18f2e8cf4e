import type { Bus, FactMark } from '../bus.js';
import type { RelaySource } from './relay-source.js';

export type RelayStart = {
  /** Behind which the next fact is to be published. */
  readonly lastFact: FactMark | null;
  /** Position behind which the log is read. */
  readonly after: number;
  /** The last fact of the stream, when the log does not hold it. */
  readonly unknown: FactMark | null;
};

/**
 * Where to go on, as the stream itself says: there is no second record of it that could be lost or differ. When its last fact is
 * not of this log (another installation's, or the log is an older copy), the nearest place the log has.
 */
export async function findRelayStart(source: RelaySource, bus: Bus): Promise<RelayStart> {
  const lastFact = await bus.lastFact();
  if (lastFact === null) return { lastFact, after: 0, unknown: null };
  if (await holds(source, lastFact)) return { lastFact, after: lastFact.position, unknown: null };
  return { lastFact, after: Math.min(lastFact.position, await source.head()), unknown: lastFact };
}

async function holds(source: RelaySource, { id, position }: FactMark): Promise<boolean> {
  for await (const event of source.readAfter(position - 1, 1)) return event.position === position && event.id === id;
  return false;
}
