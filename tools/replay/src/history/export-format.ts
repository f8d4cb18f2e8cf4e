import { createHash } from 'node:crypto';
import type { EventMetadata, RecordedEvent } from '@slipway/event-log';
import type { LogKind } from '../log-place.js';

/**
 * An export is NDJSON: a header, a line for each event, a footer. Each line ends with the checksum of everything up to it,
 * so that no line can be changed, lost, doubled or moved, and no export cut short, without being found out.
 */
export const EXPORT_FORMAT = 1;
/** A longer line is no line of an export: an append, and so an event, has at most a mebibyte. */
export const LINE_BYTES_MAX = 16_777_216;

export type ExportHeader = {
  readonly slipwayExport: typeof EXPORT_FORMAT;
  readonly log: LogKind;
  /** Only streams whose name begins so; null: all. */
  readonly stream: string | null;
  /** Positions, both inclusive; `until` is where the log ended, or what was asked for. */
  readonly from: number;
  readonly until: number;
  /** Asked for as a time, too: the first event after it, and everything that follows, is left out. */
  readonly untilTime: string | null;
  readonly exportedAt: string;
};

/** `first` and `last` are positions, null when there is no event. */
export type ExportFooter = { readonly end: true; readonly events: number; readonly first: number | null; readonly last: number | null };

/** Data that is JSON stands as it is; bytes stand in base64, under a name of their own. */
export type ExportedEvent = {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly recordedAtMs: number;
  readonly metadata: EventMetadata;
} & ({ readonly data: unknown } | { readonly dataBase64: string });

export function exportedEvent({ position, streamId, revision, id, type, version, recordedAtMs, metadata, data }: RecordedEvent): ExportedEvent {
  const body = data instanceof Uint8Array ? { dataBase64: Buffer.from(data).toString('base64') } : { data };
  return { position, stream: streamId, revision, id, type, version, recordedAtMs, metadata, ...body };
}

/** The sum before the first line. */
const NO_SUM = '0'.repeat(64);
/** `,"sum":"<64 hex digits>"}` */
const SEAL_BYTES = 74;
const SEAL = /^,"sum":"([0-9a-f]{64})"\}$/;
const CLOSING_BRACE = Buffer.from('}');

/** Carries the running checksum along the lines of one export, when it is written and when it is read. */
export class LineSeals {
  #sum = NO_SUM;

  get sum(): string {
    return this.#sum;
  }

  /** The line of a JSON object, sealed and with its line break. */
  seal(value: ExportHeader | ExportedEvent | ExportFooter): string {
    const open = JSON.stringify(value).slice(0, -1);
    this.#sum = sumAfter(this.#sum, open);
    return `${open},"sum":"${this.#sum}"}\n`;
  }

  /** The JSON of a sealed line without its line break; null when the line is not the one that was written there. */
  open(line: Buffer): string | null {
    const cut = line.length - SEAL_BYTES;
    const [, sum] = SEAL.exec(cut > 0 ? line.toString('latin1', cut) : '') ?? [];
    if (sum === undefined) return null;
    const open = line.subarray(0, cut); // as bytes: two different texts may decode to the same
    if (sumAfter(this.#sum, open) !== sum) return null;
    this.#sum = sum;
    return Buffer.concat([open, CLOSING_BRACE]).toString('utf8');
  }
}

const sumAfter = (sum: string, line: string | Buffer): string => createHash('sha256').update(`${sum}\n`).update(line).digest('hex');
