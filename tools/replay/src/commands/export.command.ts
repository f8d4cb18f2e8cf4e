import * as fs from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { EventLogReader } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from '../exit-codes.js';
import { exportText, type Exported, type ExportRange } from '../history/export-writer.js';
import type { LogPlace } from '../log-place.js';
import { perSecond } from '../pace.js';
import { counted, readableCount } from '../readable-text.js';
import type { Terminal } from '../terminal.js';

/** `to`: a file, compressed when its name ends with .gz, or "-" for standard output. */
export type ExportOptions = { readonly range: ExportRange; readonly to: string; readonly json: boolean };

/** What is exported may hold what is not meant for everybody. */
const FILE_MODE = 0o600;
/** 1 is a third of the time of 6 for a tenth more. */
const GZIP_LEVEL = 1;

/** Writes an export. A file appears whole or not at all, and none is overwritten. Throws ReplayError. */
export async function exportLog(log: EventLogReader, place: LogPlace, { range, to, json }: ExportOptions, terminal: Terminal): Promise<void> {
  const beganMs = performance.now();
  let exported: Exported | null = null;
  const text = async function* (): AsyncGenerator<string> {
    exported = yield* exportText(log, place.kind, range, new Date().toISOString(), ({ position, head, events }) =>
      terminal.progress(`exporting: position ${readableCount(position)} of ${readableCount(head)}, ${counted(events, 'event')}`),
    );
  };
  if (to === '-') await pipeline(Readable.from(text()), terminal.output, { end: false });
  else await writeWhole(to, (file) => (to.endsWith('.gz') ? pipeline(Readable.from(text()), createGzip({ level: GZIP_LEVEL }), file) : pipeline(Readable.from(text()), file)));
  terminal.progress(null);
  const { footer, sum } = exported as unknown as Exported;
  const { events, first, last } = footer;
  if (json && to !== '-') return terminal.answer(JSON.stringify({ file: to, events, first, last, sum }, null, 2));
  const range_ = events === 0 ? '' : `, positions ${readableCount(first ?? 0)} to ${readableCount(last ?? 0)}`;
  terminal.note(`exported ${counted(events, 'event')}${range_}${to === '-' ? '' : `, to ${to}`} (${perSecond(events, performance.now() - beganMs)}); checksum ${sum}`);
}

async function writeWhole(to: string, write: (file: Writable) => Promise<void>): Promise<void> {
  const refused = (error: unknown) => new ReplayError(EXIT_CODES.usage, `${to} cannot be written: ${(error as Error).message}`);
  if (fs.existsSync(to)) throw new ReplayError(EXIT_CODES.usage, `${to} is there already: name another file, or remove it first`);
  const partial = `${to}.partial`;
  const remove = () => fs.rmSync(partial, { force: true });
  try {
    fs.closeSync(fs.openSync(partial, 'w', FILE_MODE));
  } catch (error) {
    throw refused(error);
  }
  process.once('exit', remove); // also when it is interrupted
  try {
    await write(fs.createWriteStream(partial, { flags: 'r+', flush: true }));
    fs.linkSync(partial, to); // unlike renaming, it never takes the place of a file
  } catch (error) {
    throw ['write', 'link', 'open', 'fsync'].includes((error as NodeJS.ErrnoException).syscall ?? '') ? refused(error) : error;
  } finally {
    process.off('exit', remove);
    remove();
  }
}
