import { finished, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { RecordedEvent } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from '../exit-codes.js';
import { EXPORT_FORMAT, LINE_BYTES_MAX, LineSeals, type ExportedEvent, type ExportFooter, type ExportHeader } from './export-format.js';
import { HistoryOrder } from './history-order.js';

/** Events that are handed on together. */
const PAGE_EVENTS = 500;
const PAGE_BYTES = 4_194_304;

/**
 * The events of a whole export, a page at a time; compressed or not. Every line is checked before anything of it is handed
 * on. Throws ReplayError, which names the line, for anything but an unaltered export from the beginning of a log.
 */
export async function* readExport(name: string, source: Readable): AsyncGenerator<readonly RecordedEvent[], ExportFooter> {
  const damaged = (line: number, what: string) => new ReplayError(EXIT_CODES.logCorrupt, `${name}, line ${line}: ${what}. Nothing from this line on was imported.`);
  const seals = new LineSeals();
  const order = new HistoryOrder();
  let [number, footer]: [number, ExportFooter | null] = [0, null];
  let [page, pageBytes]: [RecordedEvent[], number] = [[], 0];
  try {
    for await (const line of linesOf(source)) {
      number++;
      if (footer !== null) throw damaged(number, 'it follows the end of the export');
      const text = seals.open(line);
      if (text === null) throw damaged(number, number === 1 ? 'it is not the header of an export, or was altered' : 'it does not match its checksum: it, or the line before it, was altered, lost or moved');
      const value = JSON.parse(text) as ExportHeader | ExportedEvent | ExportFooter;
      if (number === 1) requireWhole(name, value as Partial<ExportHeader>);
      else if ('end' in value) {
        footer = value;
        if (footer.events !== number - 2) throw damaged(number, `it counts ${footer.events} events, and there are ${number - 2}`);
      } else {
        const event = recordedEvent(value as ExportedEvent);
        const problem = order.problem(event);
        if (problem !== null) throw damaged(number, problem);
        page.push(event);
        pageBytes += line.length;
        if (page.length < PAGE_EVENTS && pageBytes < PAGE_BYTES) continue;
        yield page;
        [page, pageBytes] = [[], 0];
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw new ReplayError(EXIT_CODES.usage, `${name} cannot be read: ${(error as Error).message}`);
    const finding = readFinding(error);
    throw finding === null ? error : damaged(number + 1, finding);
  }
  if (footer === null) throw damaged(number + 1, number === 0 ? 'the file is empty' : 'the export ends here, without its last line: it was cut short');
  if (page.length > 0) yield page;
  return footer;
}

function requireWhole(name: string, header: Partial<ExportHeader>): void {
  const refused = (what: string) => new ReplayError(EXIT_CODES.usage, `${name} cannot be imported: ${what}`);
  if (header.slipwayExport !== EXPORT_FORMAT) throw refused(`its format is ${JSON.stringify(header.slipwayExport ?? null)}, and this release reads ${EXPORT_FORMAT}`);
  if (header.stream !== null) throw refused(`it holds only the streams that begin with ${JSON.stringify(header.stream)}; export without --stream`);
  if ((header.from ?? 0) > 1) throw refused(`it begins at position ${header.from}; export without --from`);
}

function recordedEvent(exported: ExportedEvent): RecordedEvent {
  const { position, stream, revision, id, type, version, recordedAtMs, metadata } = exported;
  const data = 'dataBase64' in exported ? new Uint8Array(Buffer.from(exported.dataBase64, 'base64')) : exported.data;
  return { position, streamId: stream, revision, id, type, version, recordedAtMs, metadata, data };
}

/** Without their line breaks; the last one must have its own. */
async function* linesOf(source: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of plainBytes(source)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end !== -1; end = chunk.indexOf(LINE_BREAK, start)) {
      const piece = chunk.subarray(start, end);
      yield rest.length === 0 ? piece : Buffer.concat([...rest, piece]);
      [rest, restBytes, start] = [[], 0, end + 1];
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > LINE_BYTES_MAX) throw new UnreadableExportError(`it is longer than ${LINE_BYTES_MAX} bytes, which no line of an export is`);
  }
  if (restBytes > 0) throw new UnreadableExportError('the export ends within it: it was cut short');
}

const LINE_BREAK = 10;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** What it is shows in its first bytes, whatever the file is called. */
async function* plainBytes(source: Readable): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    let begin: Buffer = Buffer.alloc(0);
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      begin = Buffer.concat([begin, next.value]);
      if (begin.length >= GZIP_MAGIC.length) break;
    }
    const all = async function* (): AsyncGenerator<Buffer> {
      yield begin;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
    };
    if (!GZIP_MAGIC.every((byte, at) => begin[at] === byte)) {
      yield* all();
      return;
    }
    const gunzip = createGunzip();
    const compressed = Readable.from(all(), { objectMode: false });
    finished(compressed, (error) => (error == null ? undefined : void gunzip.destroy(error)));
    yield* compressed.pipe(gunzip) as AsyncIterable<Buffer>;
  } finally {
    await chunks.return?.();
  }
}

class UnreadableExportError extends Error {}

/** What the reader of the file, its decompressor or its JSON has to say about this file; null for anything else. */
function readFinding(error: unknown): string | null {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  if (error instanceof UnreadableExportError) return error.message;
  if (error instanceof SyntaxError) return 'it is no JSON';
  if (typeof code !== 'string') return null;
  if (code === 'Z_BUF_ERROR') return 'the compressed file ends here: it was cut short';
  if (code.startsWith('Z_')) return `the compressed file is damaged (${message})`;
  return null;
}
