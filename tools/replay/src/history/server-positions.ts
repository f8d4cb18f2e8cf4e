import type { EventLogReader, RecordedEvent } from '@slipway/event-log';

type Pages = AsyncIterable<readonly RecordedEvent[]>;

/**
 * A history on its way into a log that gives positions of its own. What a process recorded as taken names the position of
 * the fact, so it is translated into the position which that fact was given there; otherwise the process would take all
 * facts again. `history` has positions 1, 2, 3 …; `target` reads the log that is written with what this yields. Eight
 * bytes per event are kept in memory.
 */
export async function* withServerPositions(history: Pages, target: EventLogReader): AsyncGenerator<readonly RecordedEvent[]> {
  const positions = new TargetPositions(target);
  for await (const page of history) {
    let ready: RecordedEvent[] = [];
    for (const event of page) {
      const source = sourcePositionOf(event);
      if (source === null) {
        ready.push(event);
        continue;
      }
      const first = ready[0]?.position ?? event.position;
      if (source >= first) {
        yield ready; // when we go on, it has been written
        ready = [];
      }
      ready.push({ ...event, data: { ...(event.data as object), sourcePosition: await positions.of(source) } });
    }
    if (ready.length > 0) yield ready;
  }
}

const INPUT_TAKEN = 'ProcessInputTaken';

function sourcePositionOf({ type, data }: RecordedEvent): number | null {
  if (type !== INPUT_TAKEN || typeof data !== 'object' || data === null || !('sourcePosition' in data)) return null;
  return Number(data.sourcePosition);
}

/** Where the n-th event of the log stands, read as far as somebody asked. */
class TargetPositions {
  readonly #target: EventLogReader;
  #known = new Float64Array(4_096);
  #length = 0;

  constructor(target: EventLogReader) {
    this.#target = target;
  }

  /** Throws when there are not that many events. */
  async of(ordinal: number): Promise<number> {
    if (ordinal > this.#length) await this.#learn();
    const position = this.#known[ordinal - 1];
    if (position === undefined || ordinal > this.#length) throw new Error(`the fact at position ${ordinal} of the history is not in the log that it was written to`);
    return position;
  }

  async #learn(): Promise<void> {
    const after = this.#length === 0 ? 0 : (this.#known[this.#length - 1] ?? 0);
    for await (const page of this.#target.readAll({ after }).pages()) for (const { position } of page) this.#add(position);
  }

  #add(position: number): void {
    if (this.#length === this.#known.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#known);
      this.#known = larger;
    }
    this.#known[this.#length++] = position;
  }
}
