import type { EventLogReader } from './event-log.js';
import { keepProcessIndex, readProcessIndex, type ProcessIndex } from './process-index.js';
import type { Snapshots } from './snapshots.js';

/** The index of a process is kept this often, so that whoever takes over after a crash reads at most about twice as many records. */
export const INDEX_EVERY_RECORDS = 2_000;

/**
 * Keeps the index of a process from time to time, by reading from the log what was added since the last one. What runs
 * is neither asked nor held up, and what is under way at the moment cannot be half in it.
 */
export class ProcessIndexKeeper {
  readonly #log: EventLogReader;
  readonly #name: string;
  readonly #snapshots: Snapshots | undefined;
  readonly #everyRecords: number;
  readonly #onError: (error: unknown) => void;
  #unkept = 0;
  #keeping: Promise<void> | null = null;

  constructor(
    log: EventLogReader,
    name: string,
    options: { readonly snapshots: Snapshots | undefined; readonly everyRecords: number | undefined },
    onError: (error: unknown) => void,
  ) {
    this.#log = log;
    this.#name = name;
    this.#snapshots = options.snapshots;
    this.#everyRecords = options.everyRecords ?? INDEX_EVERY_RECORDS;
    this.#onError = onError;
  }

  /** The index as it is now; if much had to be read for it, it is kept for the next one. */
  async read(): Promise<ProcessIndex> {
    const index = await readProcessIndex(this.#log, this.#name, this.#snapshots, (records) => (this.#unkept += records));
    this.#keepWhenDue(() => this.keep(index));
    return index;
  }

  /** To be told of every record added. `takenTo`: every fact up to there has been taken. */
  added(takenTo: number): void {
    this.#unkept++;
    this.#keepWhenDue(async () => {
      const index = await readProcessIndex(this.#log, this.#name, this.#snapshots);
      await this.keep({ ...index, sourcePosition: Math.max(index.sourcePosition, takenTo) });
    });
  }

  async keep(index: ProcessIndex): Promise<void> {
    if (this.#snapshots !== undefined) await keepProcessIndex(this.#log, this.#name, this.#snapshots, index);
  }

  /** Nothing is being kept any more. */
  async settled(): Promise<void> {
    await this.#keeping;
  }

  #keepWhenDue(work: () => Promise<void>): void {
    if (this.#snapshots === undefined || this.#keeping !== null || this.#unkept < this.#everyRecords) return;
    this.#unkept = 0;
    this.#keeping = work()
      .catch(this.#onError)
      .finally(() => (this.#keeping = null));
  }
}
