import type { RecordedEvent } from './event-log.js';

/** Over all streams; some 20 MB of memory. */
export const EVENT_IDS_REMEMBERED_MAX = 100_000;

type KnownStream = { readonly revisions: Map<string, number>; through: number };

/**
 * At which revision a stream holds an event. The server has no index by id, so a stream is read once from its beginning
 * and later only from where it was left: one round trip for each question. The streams asked for last are remembered.
 */
export class EventStoreEventIds {
  readonly #readFrom: (streamId: string, revision: number) => AsyncIterable<readonly RecordedEvent[]>;
  readonly #streams = new Map<string, KnownStream>();
  /** How many ids of each stream are counted in `#ids`. */
  readonly #remembered = new Map<string, number>();
  #ids = 0;

  constructor(readFrom: (streamId: string, revision: number) => AsyncIterable<readonly RecordedEvent[]>) {
    this.#readFrom = readFrom;
  }

  /** The first revision with this id, or null. */
  async find(streamId: string, eventId: string): Promise<number | null> {
    const stream = this.#streams.get(streamId) ?? { revisions: new Map<string, number>(), through: -1 };
    const known = stream.revisions.get(eventId);
    if (known !== undefined) return known;
    for await (const page of this.#readFrom(streamId, stream.through + 1)) for (const event of page) this.#learn(stream, event);
    this.#keep(streamId, stream);
    return stream.revisions.get(eventId) ?? null;
  }

  /** Questions at the same time read the same events. */
  #learn(stream: KnownStream, { id, revision }: RecordedEvent): void {
    if (revision <= stream.through) return;
    stream.through = revision;
    if (!stream.revisions.has(id)) stream.revisions.set(id, revision);
  }

  /** Last asked, last forgotten. */
  #keep(streamId: string, stream: KnownStream): void {
    this.#forget(streamId);
    this.#streams.set(streamId, stream);
    this.#remembered.set(streamId, stream.revisions.size);
    this.#ids += stream.revisions.size;
    for (const oldest of this.#streams.keys()) {
      if (this.#ids <= EVENT_IDS_REMEMBERED_MAX) return;
      this.#forget(oldest);
    }
  }

  #forget(streamId: string): void {
    this.#ids -= this.#remembered.get(streamId) ?? 0;
    this.#remembered.delete(streamId);
    this.#streams.delete(streamId);
  }
}
