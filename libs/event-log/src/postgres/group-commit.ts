import { AppendLine, type AppendRequest } from '../append-line.js';
import type { AppendOutcome, ExpectedRevision, NewEvent } from '../event-log.js';
import { LogUnreachableError } from '../log-errors.js';

/**
 * Group commit over a network: while one group is being written the next one gathers, so that however many appends wait,
 * they cost one transaction. An append that conflicts does not concern the others of its group.
 */
export class GroupCommit {
  readonly #writeGroup: (appends: readonly AppendRequest[]) => Promise<readonly AppendOutcome[]>;
  readonly #line = new AppendLine();
  #writing: Promise<void> | null = null;

  constructor(writeGroup: (appends: readonly AppendRequest[]) => Promise<readonly AppendOutcome[]>) {
    this.#writeGroup = writeGroup;
  }

  append(streamId: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendOutcome> {
    return this.#line.join(streamId, events, expected, () => void (this.#writing ??= this.#writeAll()));
  }

  /** Takes no more, and settles once what was waiting is written or refused. */
  async close(): Promise<void> {
    this.#line.close();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await nextTurn(); // whoever appends in this turn comes along
    while (this.#line.length > 0) await this.#writeNextGroup();
    this.#writing = null; // in the same breath as the look at the line, or an append that comes between would wait for ever
  }

  async #writeNextGroup(): Promise<void> {
    const group = this.#line.takeGroup();
    try {
      const outcomes = await this.#writeGroup(group);
      group.forEach((append, index) => append.resolve(outcomes[index] as AppendOutcome));
    } catch (error) {
      for (const append of group) append.reject(error);
      // Nobody waits out one connection timeout per group for a server that is not there.
      if (error instanceof LogUnreachableError) while (this.#line.length > 0) this.#refuseNextGroup(error);
    }
  }

  #refuseNextGroup({ log, message, cause }: LogUnreachableError): void {
    const refusal = new LogUnreachableError(log, `an append before this one failed (${message})`, 'not-written', cause);
    for (const append of this.#line.takeGroup()) append.reject(refusal);
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
