import { open } from 'node:fs/promises';
import { LOG_LINE_MAX_CHARS, type LogLine, type LogPage, type LogRead } from '../replica-runtime.js';
import { logFiles, type LogFile } from './engine-log.js';

/** How much of a log is read at a time, in bytes: to find its last lines, and to go on from a place in it. */
export const LOG_READ_MAX_BYTES = 256 * 1024;
/** Lines told at a time to those who go on from a place. */
export const LOG_READ_MAX_LINES = 1000;

const LINE_FEED = 10;

/**
 * Reads over the log and the rotated files before it as if they were one. Invalid UTF-8 shows as U+FFFD. Null: there is none.
 * Nobody may rotate meanwhile.
 */
export async function readEngineLog(path: string, read: LogRead): Promise<LogPage | null> {
  const files = await logFiles(path);
  const [oldest, current] = [files[0]?.from, files.at(-1)];
  if (oldest === undefined || current === undefined) return null;
  const end = current.to;
  const { withUnfinished = false } = read;
  if ('lastLines' in read) {
    const page = await pageFrom(files, Math.max(oldest, end - LOG_READ_MAX_BYTES), { withUnfinished, linesMax: LOG_READ_MAX_BYTES });
    const lines = read.lastLines > 0 ? page.lines.slice(-read.lastLines) : [];
    return { lines, position: page.position, hasGap: false, hasMore: false };
  }
  const { after } = read;
  // Beyond the end: somebody emptied the file by hand, and what is there now was printed later.
  const from = after > end ? current.from : Math.max(oldest, after);
  const page = await pageFrom(files, from, { withUnfinished, linesMax: LOG_READ_MAX_LINES });
  const position = Math.max(page.position, from);
  return { lines: page.lines, position, hasGap: from !== after, hasMore: position > from && position < end };
}

async function pageFrom(files: readonly LogFile[], from: number, limits: Limits): Promise<Pick<LogPage, 'lines' | 'position'>> {
  // One byte more, to see whether `from` is where a line begins.
  const begin = Math.max(files[0]?.from ?? 0, from - 1);
  const bytes = await bytesOf(files, begin, from + LOG_READ_MAX_BYTES);
  const own = bytes.subarray(from - begin);
  const isInside = from > begin ? bytes[0] !== LINE_FEED : from > 0;
  const isFull = own.length === LOG_READ_MAX_BYTES;
  return linesOf(own, from, { isInside, isFull, ...limits });
}

type Limits = { readonly withUnfinished: boolean; readonly linesMax: number };

type Edges = Limits & {
  /** The first byte belongs to a line that began earlier: what is left of it is nothing to show. */
  readonly isInside: boolean;
  /** There may be more than was read. */
  readonly isFull: boolean;
};

function linesOf(bytes: Buffer, from: number, { isInside, isFull, withUnfinished, linesMax }: Edges): Pick<LogPage, 'lines' | 'position'> {
  const lines: LogLine[] = [];
  let start = isInside ? bytes.indexOf(LINE_FEED) + 1 : 0;
  if (isInside && start === 0) return { lines, position: from + bytes.length };
  for (let end = bytes.indexOf(LINE_FEED, start); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    lines.push(lineOf(bytes.subarray(start, end), from + end + 1));
    start = end + 1;
    if (lines.length === linesMax) return { lines, position: from + start };
  }
  const isLongerThanRead = isFull && start === 0;
  if (start < bytes.length && (isLongerThanRead || (withUnfinished && !isFull))) {
    lines.push({ ...lineOf(bytes.subarray(start), from + bytes.length), isCut: true });
    start = bytes.length;
  }
  return { lines, position: from + start };
}

function lineOf(bytes: Buffer, position: number): LogLine {
  const text = bytes.toString('utf8').replace(/\r$/, '');
  return { text: text.slice(0, LOG_LINE_MAX_CHARS), isCut: text.length > LOG_LINE_MAX_CHARS, position };
}

async function bytesOf(files: readonly LogFile[], from: number, to: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const file of files) {
    const [begin, end] = [Math.max(from, file.from), Math.min(to, file.to)];
    if (begin >= end) continue;
    await using opened = await open(file.path, 'r');
    const { buffer, bytesRead } = await opened.read({ buffer: Buffer.alloc(end - begin), position: begin - file.from });
    pieces.push(buffer.subarray(0, bytesRead));
    if (bytesRead < end - begin) break; // emptied since: what follows would not fit on
  }
  return Buffer.concat(pieces);
}
