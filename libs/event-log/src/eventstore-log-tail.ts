import type { ConnectionPage, EventStoreConnection } from './eventstore-connection.js';
import type { EventStoreScope } from './eventstore-recorded-event.js';

const FIRST_LOOK_RECORDS = 8;
export const SCAN_RECORDS_MAX = 1_000;
/** A server that takes longer to find the first event with a prefix has it found by reading everything. */
const BEGINNING_SEARCH_MS = 30_000;

/**
 * Where the log ends. The server knows the end of everything it holds, its own events included, not that of one log: so
 * this remembers the last event of ours and how far beyond it was looked, and looks only at what came since.
 */
export class EventStoreLogTail {
  readonly #connection: EventStoreConnection;
  readonly #scope: EventStoreScope;
  #beginning: Promise<number> | null = null;
  #head = 0;
  /** No event of ours lies between the head and here; -1: nobody looked yet. */
  #scannedTo = -1;

  constructor(connection: EventStoreConnection, scope: EventStoreScope) {
    this.#connection = connection;
    this.#scope = scope;
  }

  /** Position of the last event as of now; one small read as a rule. */
  async head(): Promise<number> {
    const page = await this.#connection.readAll('backwards', 'end', FIRST_LOOK_RECORDS);
    const end = page.records[0]?.position ?? 0;
    const ours = page.records.find(({ stream }) => this.#scope.holds(stream));
    if (ours !== undefined) this.#reached(ours.position, end);
    else if (page.atEnd || (page.records.at(-1)?.position ?? 0) <= this.#scannedTo) this.#reached(0, end);
    else if (this.#scannedTo === -1) await this.#searchBackwards(end);
    else await this.#searchForwards();
    return this.#head;
  }

  /** As of the last look. */
  get knownHead(): number {
    return this.#head;
  }

  /** Hears of an event of ours without having looked. */
  heardOf(position: number): void {
    this.#head = Math.max(this.#head, position);
  }

  /** Where to begin reading what is after a position: behind what is known to hold nothing of ours. */
  async readingFrom(after: number): Promise<number> {
    if (after >= this.#head && this.#scannedTo !== -1) return Math.max(after, this.#scannedTo);
    return after === 0 ? this.beginning() : after;
  }

  /** A page read forwards from `from` tells as much as a look. */
  passed(from: number, page: ConnectionPage): void {
    const end = page.records.at(-1)?.position;
    if (end === undefined || this.#scannedTo === -1 || from > this.#scannedTo) return;
    const ours = page.records.findLast(({ stream }) => this.#scope.holds(stream));
    this.#reached(ours?.position ?? 0, end);
  }

  /** With a prefix, a position before which no stream of ours has events: asked of the server once, which finds it by itself. */
  beginning(): Promise<number> {
    if (this.#scope.prefix === '') return Promise.resolve(0);
    this.#beginning ??= this.#findBeginning().catch((error: unknown) => {
      this.#beginning = null;
      throw error;
    });
    return this.#beginning;
  }

  async #findBeginning(): Promise<number> {
    const page = await this.#connection.readAll('backwards', 'end', 1);
    let beginning = page.records[0]?.position ?? 0; // when there is none yet
    const found = new AbortController();
    const listener = {
      begun: () => undefined,
      event: (_stream: string, position: number) => {
        if (found.signal.aborted) return;
        beginning = position;
        found.abort();
      },
      caughtUp: () => found.abort(),
    };
    const tooLong = AbortSignal.timeout(BEGINNING_SEARCH_MS);
    await this.#connection.subscribe(this.#scope.prefix, 'start', listener, AbortSignal.any([found.signal, tooLong]));
    return found.signal.aborted ? beginning : 0;
  }

  async #searchBackwards(end: number): Promise<void> {
    const beginning = await this.beginning();
    for (let from: number | 'end' = 'end'; ; ) {
      const page: ConnectionPage = await this.#connection.readAll('backwards', from, SCAN_RECORDS_MAX);
      const ours = page.records.find(({ stream }) => this.#scope.holds(stream));
      const first = page.records.at(-1)?.position ?? 0;
      if (ours !== undefined || page.atEnd || first <= beginning) return this.#reached(ours?.position ?? 0, end);
      from = first;
    }
  }

  async #searchForwards(): Promise<void> {
    for (let atEnd = false; !atEnd; ) {
      const from = this.#scannedTo;
      const page = await this.#connection.readAll('forwards', from, SCAN_RECORDS_MAX);
      this.passed(from, page);
      atEnd = page.atEnd || this.#scannedTo === from;
    }
  }

  /** Looks may overlap; each is true by itself, and so is the furthest of them. */
  #reached(head: number, scannedTo: number): void {
    this.#head = Math.max(this.#head, head);
    this.#scannedTo = Math.max(this.#scannedTo, scannedTo);
  }
}
