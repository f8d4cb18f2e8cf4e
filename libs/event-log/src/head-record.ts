import * as fs from 'node:fs';
import * as path from 'node:path';
import { hash } from 'node:crypto';
import { GENESIS_HASH } from './hash-chain.js';
import { CorruptLogError } from './log-errors.js';

/** How far the log reached, and the hash of its chain there. */
export type LogHead = { readonly position: number; readonly hash: string };

export const EMPTY_LOG: LogHead = { position: 0, hash: GENESIS_HASH };

/**
 * A side file that remembers the head of the log, so that a log which lost its tail is found out when it is opened.
 *
 * Written after every commit without waiting for the disk: it survives a killed process, and after a power cut it may
 * lag behind the log but never lead. Two slots are written in turn, each in its own block and with its own checksum,
 * so that a write torn by a power cut leaves the older one whole.
 */
export class HeadRecord implements Disposable {
  readonly #descriptor: number;
  #slot = 0;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Makes the file if there is none; the new file is complete on disk before it has its name. */
  static open(logPath: string): HeadRecord {
    const file = headPath(logPath);
    if (!fs.existsSync(file)) createWhole(file, EMPTY_LOG);
    return new HeadRecord(fs.openSync(file, 'r+'));
  }

  write(head: LogHead): void {
    this.#slot = 1 - this.#slot;
    fs.writeSync(this.#descriptor, encode(head), 0, SLOT_BYTES, this.#slot * SLOT_STRIDE_BYTES);
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
}

/** The newest whole slot; null when there is no such file. Throws CorruptLogError when neither slot is whole. */
export function readHeadRecord(logPath: string): LogHead | null {
  const file = headPath(logPath);
  if (!fs.existsSync(file)) return null;
  const bytes = fs.readFileSync(file);
  const slots = [0, 1].map((slot) => decode(bytes.subarray(slot * SLOT_STRIDE_BYTES, slot * SLOT_STRIDE_BYTES + SLOT_BYTES)));
  const [newest] = slots.filter((slot) => slot !== null).sort((a, b) => b.position - a.position);
  if (newest === undefined) throw new CorruptLogError(logPath, `its head record ${file} is unreadable`);
  return newest;
}

export const headPath = (logPath: string): string => `${logPath}.head`;

const SLOT_BYTES = 256;
const SLOT_STRIDE_BYTES = 4_096;
const MAGIC = 'slipway-log-head-1';

function encode(head: LogHead): Buffer {
  const body = `${MAGIC} ${head.position} ${head.hash}`;
  return Buffer.from(`${body} ${hash('sha256', body, 'hex')}\n`.padEnd(SLOT_BYTES, ' '));
}

function decode(slot: Buffer): LogHead | null {
  const [magic, position, chain, checksum] = slot.toString('latin1').trimEnd().split(' ');
  if (magic !== MAGIC || checksum !== hash('sha256', `${magic} ${position} ${chain}`, 'hex')) return null;
  return { position: Number(position), hash: String(chain) };
}

function createWhole(file: string, head: LogHead): void {
  const fresh = `${file}.new`;
  const bytes = Buffer.alloc(SLOT_STRIDE_BYTES + SLOT_BYTES, ' ');
  for (const slot of [0, 1]) encode(head).copy(bytes, slot * SLOT_STRIDE_BYTES);
  fs.writeFileSync(fresh, bytes, { flush: true });
  fs.renameSync(fresh, file);
  const directory = fs.openSync(path.dirname(file), 'r');
  fs.fsyncSync(directory); // the name must be on disk before the first event is
  fs.closeSync(directory);
}
