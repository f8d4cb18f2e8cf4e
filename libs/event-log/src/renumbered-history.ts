import type { RecordedEvent } from './event-log.js';

/**
 * The same history with positions 1, 2, 3 …, for a log that knows no gaps, as a history read from EventStoreDB needs it
 * before it can be brought into SQLite or Postgres. A history without gaps passes unchanged.
 *
 * What processes recorded as taken refers to positions (`sourcePosition`) and is translated with them; nothing else in an
 * event's data does. It keeps eight bytes per event in memory.
 */
export async function* renumberedHistory(history: AsyncIterable<readonly RecordedEvent[]>): AsyncGenerator<readonly RecordedEvent[]> {
  const old = new PositionList();
  for await (const page of history)
    yield page.map((event) => {
      old.add(event.position);
      return { ...event, position: old.length, data: translated(event.data, event.type, old) };
    });
}

function translated(data: unknown, type: string, old: PositionList): unknown {
  if (type !== INPUT_TAKEN || typeof data !== 'object' || data === null || !('sourcePosition' in data)) return data;
  return { ...data, sourcePosition: old.countThrough(Number(data.sourcePosition)) };
}

const INPUT_TAKEN = 'ProcessInputTaken';

/** Strictly increasing positions; how many there are up to one is its new number. */
class PositionList {
  #positions = new Float64Array(4_096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(position: number): void {
    if (this.#length === this.#positions.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#positions);
      this.#positions = larger;
    }
    this.#positions[this.#length++] = position;
  }

  countThrough(position: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] ?? Number.POSITIVE_INFINITY) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
