import { randomUUID } from 'node:crypto';
import type { RecordFile } from './record-file.js';
import * as stored from './stored-record.js';
import { metadataOf, truncatedAt, type StreamMetadata } from './stream-metadata.js';
import { judgeWrite, type JudgedStream, type WriteVerdict } from './write-verdict.js';

/** As many ids as fit the 8 MB of the real server's cache, roughly. */
const LATELY_COMMITTED_MAX = 100_000;
const TICKS_PER_MILLISECOND = 10_000n;
const JSON_CONTENT = 'application/json';

/** `revision` and `position` are those of the last event; both -1 when nothing was ever written. */
export type Written = { readonly revision: number; readonly position: number };
export type WriteOutcome = { readonly written: Written } | Exclude<WriteVerdict, { write: true } | { already: Written }>;

/** The whole log in memory, behind a file when there is one. Readers see a record once it is on the disk. */
export class DoubleDatabase {
  readonly #file: RecordFile | null;
  readonly #nowMs: () => number;
  readonly #all: stored.StoredRecord[] = [];
  readonly #streams = new Map<string, stored.StoredRecord[]>();
  readonly #tombstoned = new Set<string>();
  readonly #lately = new Map<string, { readonly stream: string; readonly revision: number }>();
  readonly #listeners = new Set<() => void>();
  #nextPosition = 0;
  #visible = 0;
  #durable: Promise<void> = Promise.resolve();

  constructor(file: RecordFile | null, records: readonly stored.StoredRecord[], nowMs: () => number) {
    this.#file = file;
    this.#nowMs = nowMs;
    for (const record of records) this.#keep(record);
    this.#visible = this.#all.length;
    if (this.#all.length === 0) this.#write('$user-admin', [proposedJson('$UserCreated', '{"loginName":"admin"}')]); // a real $all never starts empty
  }

  /** How many records readers may see; they are `at(0)` to `at(length - 1)`, in the order of the log. */
  get length(): number {
    return this.#visible;
  }

  at(index: number): stored.StoredRecord | undefined {
    return index < this.#visible ? this.#all[index] : undefined;
  }

  /** Index of the first visible record at or after the position. */
  indexOf(position: number): number {
    let [low, high] = [0, this.#visible];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#all[middle]?.position ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The visible records of a stream, by revision; null when there never was one. */
  stream(stream: string): { readonly records: readonly stored.StoredRecord[]; readonly length: number } | null {
    const records = this.#streams.get(stream);
    if (records === undefined) return null;
    const lastPosition = this.#all[this.#visible - 1]?.position ?? -1;
    let { length } = records;
    while (length > 0 && (records[length - 1]?.position ?? 0) > lastPosition) length--;
    return length === 0 ? null : { records, length };
  }

  isTombstoned(stream: string): boolean {
    return this.#tombstoned.has(stream);
  }

  metadata(stream: string): StreamMetadata {
    return metadataOf(stream, this.#lastMetadata(stream));
  }

  /** Settles when the outcome holds even if the process is killed. */
  async append(stream: string, expected: stored.ExpectedStreamRevision, proposed: readonly stored.ProposedRecord[]): Promise<WriteOutcome> {
    const judged = this.#judged(stream);
    const verdict = judgeWrite(judged, expected, proposed.map(({ id }) => id));
    if ('wrongExpectedVersion' in verdict || 'streamDeleted' in verdict) return verdict;
    const written = 'already' in verdict ? verdict.already : this.#write(stream, proposed);
    if ('write' in verdict && judged.softDeleted && proposed.length > 0) this.#truncate(stream, judged.revision + 1);
    await this.#durable;
    return { written };
  }

  /** A soft delete hides the events; `forEver` leaves a tombstone. */
  async delete(stream: string, expected: stored.ExpectedStreamRevision, forEver: boolean): Promise<WriteOutcome> {
    const judged = this.#judged(stream);
    const verdict = judgeWrite(judged, expected, []);
    if ('wrongExpectedVersion' in verdict || 'streamDeleted' in verdict) return verdict;
    if (!forEver && judged.revision === stored.NO_STREAM_REVISION) return { wrongExpectedVersion: { current: judged.revision } };
    if (!forEver && judged.softDeleted) return { streamDeleted: true };
    const written = forEver
      ? this.#write(stream, [{ ...proposedJson(stored.TOMBSTONE_TYPE, ''), contentType: 'application/octet-stream' }])
      : this.#truncate(stream, 'deleted');
    await this.#durable;
    return { written };
  }

  /** Calls back after records have become visible, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  #judged(stream: string): JudgedStream {
    const records = this.#streams.get(stream) ?? [];
    return {
      revision: this.#tombstoned.has(stream) ? stored.TOMBSTONE_REVISION : records.length - 1,
      softDeleted: this.metadata(stream).softDeleted,
      hasMetadata: this.#lastMetadata(stream) !== undefined,
      stored: (revision) => records[revision],
      lately: (id) => {
        const known = this.#lately.get(id);
        return known?.stream === stream ? known.revision : undefined;
      },
    };
  }

  #write(stream: string, proposed: readonly stored.ProposedRecord[]): Written {
    const createdTicks = String(BigInt(this.#nowMs()) * TICKS_PER_MILLISECOND);
    const records = proposed.map((event) => {
      const revision = event.type === stored.TOMBSTONE_TYPE ? stored.TOMBSTONE_REVISION : (this.#streams.get(stream)?.length ?? 0);
      const record = { ...event, stream, revision, createdTicks, position: this.#nextPosition };
      this.#keep(record);
      return record;
    });
    const through = this.#all.length;
    if (records.length > 0 && this.#file !== null) {
      this.#durable = this.#file.write(records).then(() => this.#show(through));
      this.#durable.catch(() => undefined); // whoever waits for it, or for a later one, is told
    } else if (this.#file === null) this.#show(through);
    const last = records.at(-1) ?? this.#streams.get(stream)?.at(-1);
    return { revision: last?.revision ?? stored.NO_STREAM_REVISION, position: last?.position ?? -1 };
  }

  #truncate(stream: string, before: number | 'deleted'): Written {
    const data = truncatedAt(this.#lastMetadata(stream), before);
    return this.#write(`${stored.METADATA_STREAM_PREFIX}${stream}`, [{ ...proposedJson(stored.METADATA_TYPE, ''), data }]);
  }

  #keep(record: stored.StoredRecord): void {
    this.#all.push(record);
    this.#nextPosition = record.position + stored.recordLength(record);
    if (record.revision === stored.TOMBSTONE_REVISION) this.#tombstoned.add(record.stream);
    else {
      const records = this.#streams.get(record.stream);
      if (records === undefined) this.#streams.set(record.stream, [record]);
      else records.push(record);
    }
    this.#lately.delete(record.id);
    this.#lately.set(record.id, { stream: record.stream, revision: record.revision });
    const [oldest] = this.#lately.keys();
    if (this.#lately.size > LATELY_COMMITTED_MAX && oldest !== undefined) this.#lately.delete(oldest);
  }

  #show(through: number): void {
    this.#visible = through;
    for (const listener of [...this.#listeners]) listener();
  }

  #lastMetadata(stream: string): stored.StoredRecord | undefined {
    return this.#streams.get(`${stored.METADATA_STREAM_PREFIX}${stream}`)?.at(-1);
  }
}

function proposedJson(type: string, json: string): stored.ProposedRecord {
  return { id: randomUUID(), type, contentType: JSON_CONTENT, data: Buffer.from(json), metadata: new Uint8Array() };
}
