import { renumberedHistory, type EventLogReader, type RecordedEvent } from '@slipway/event-log';
import { firstDifference } from '../verify/first-difference.js';
import { briefJson } from '../readable-text.js';
import type { Pages } from './bring-history.js';

/** Characters of a value in a difference. */
const VALUE_CHARACTERS_MAX = 120;

/**
 * Compares a history with a log, every event of every stream in order, up to so many events. Positions are compared as
 * what they count, since some logs give their own. Returns the first difference, for people, or null.
 */
export async function differenceFrom(history: Pages, log: EventLogReader, eventsMax: number, onCompared: (events: number) => void): Promise<string | null> {
  const [lefts, rights] = [eventsOf(history), eventsOf(log.readAll().pages())];
  try {
    for (let compared = 0; compared < eventsMax; compared++) {
      const [left, right] = [await next(lefts), await next(rights)];
      if (left === null && right === null) return null;
      if (left === null || right === null) return `one ends after ${compared} events, and the other goes on`;
      const difference = firstDifference(comparable(left), comparable(right));
      if (difference !== null) {
        const [was, is] = [briefJson(difference.left, VALUE_CHARACTERS_MAX), briefJson(difference.right, VALUE_CHARACTERS_MAX)];
        return `revision ${left.revision} of ${left.streamId} (position ${left.position}) differs at ${difference.path || 'its whole'}: ${was} there, ${is} here`;
      }
      onCompared(compared + 1);
    }
    return null;
  } finally {
    await lefts.return(undefined);
    await rights.return(undefined);
  }
}

async function* eventsOf(history: Pages): AsyncGenerator<RecordedEvent, undefined> {
  for await (const page of renumberedHistory(history)) yield* page;
}

async function next(events: AsyncGenerator<RecordedEvent, undefined>): Promise<RecordedEvent | null> {
  const step = await events.next();
  return step.done === true ? null : step.value;
}

const comparable = ({ data, ...event }: RecordedEvent): unknown =>
  data instanceof Uint8Array ? { ...event, bytes: Buffer.from(data).toString('base64') } : { ...event, data };
