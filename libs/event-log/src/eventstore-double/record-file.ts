import * as fs from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { StoredRecord } from './stored-record.js';

const HEADER_BYTES = 8; // length and checksum of what follows

/**
 * An append-only file: one frame for each append, so that it holds all records of an append or none. What is waiting is
 * written together and shares one wait for the disk. A torn end, which only an unacknowledged append can leave, is cut.
 */
export class RecordFile {
  readonly #handle: fs.FileHandle;
  #waiting: { readonly frame: Buffer; written(): void; failed(error: unknown): void }[] = [];
  #writing: Promise<void> | null = null;
  /** After one failed write nothing more is taken: what follows must not be kept without it. */
  #failure: Error | null = null;

  private constructor(handle: fs.FileHandle) {
    this.#handle = handle;
  }

  static async open(path: string): Promise<{ readonly file: RecordFile; readonly records: StoredRecord[] }> {
    const handle = await fs.open(path, 'a+');
    const { records, wholeBytes } = decodeFrames(await handle.readFile());
    await handle.truncate(wholeBytes);
    await handle.datasync();
    return { file: new RecordFile(handle), records };
  }

  /** Settles when the records are on the disk, in the order of the calls. */
  write(records: readonly StoredRecord[]): Promise<void> {
    return new Promise((written, failed) => {
      this.#waiting.push({ frame: encodeFrame(records), written, failed });
      this.#writing ??= this.#writeWaiting();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#failure !== null) throw this.#failure;
        const frames = Buffer.concat(group.map(({ frame }) => frame));
        for (let from = 0; from < frames.length; ) from += (await this.#handle.write(frames, from)).bytesWritten;
        await this.#handle.datasync();
        for (const { written } of group) written();
      } catch (error) {
        this.#failure = error as Error;
        for (const { failed } of group) failed(error);
      }
    }
    this.#writing = null;
  }
}

function encodeFrame(records: readonly StoredRecord[]): Buffer {
  const stored = records.map(({ data, metadata, ...rest }) => ({ ...rest, data: base64(data), metadata: base64(metadata) }));
  const body = Buffer.from(JSON.stringify(stored));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(body.length, 0);
  header.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([header, body]);
}

function decodeFrames(bytes: Buffer): { readonly records: StoredRecord[]; readonly wholeBytes: number } {
  const records: StoredRecord[] = [];
  let from = 0;
  while (from + HEADER_BYTES <= bytes.length) {
    const end = from + HEADER_BYTES + bytes.readUInt32BE(from);
    const body = bytes.subarray(from + HEADER_BYTES, end);
    if (end > bytes.length || crc32(body) !== bytes.readUInt32BE(from + 4)) break;
    const stored = JSON.parse(body.toString()) as (Omit<StoredRecord, 'data' | 'metadata'> & { data: string; metadata: string })[];
    for (const { data, metadata, ...rest } of stored)
      records.push({ ...rest, data: Buffer.from(data, 'base64'), metadata: Buffer.from(metadata, 'base64') });
    from = end;
  }
  return { records, wholeBytes: from };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
