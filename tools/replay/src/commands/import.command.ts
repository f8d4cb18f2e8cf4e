import * as fs from 'node:fs';
import type { Readable } from 'node:stream';
import { EXIT_CODES, ReplayError, type ExitCode } from '../exit-codes.js';
import { bringHistory, type Pages } from '../history/bring-history.js';
import { readExport } from '../history/export-reader.js';
import type { LogPlace } from '../log-place.js';
import { perSecond } from '../pace.js';
import { counted, readableCount } from '../readable-text.js';
import type { Terminal } from '../terminal.js';
import { proveSame } from './prove-same.js';

/** `from`: a file, or "-" for standard input. */
export type ImportOptions = { readonly from: string; readonly json: boolean };

/**
 * Brings a whole export into a log that is empty or holds the beginning of the same history. A file is read through once
 * before, so that nothing is written when it is damaged. Throws ReplayError.
 */
export async function importLog({ from, json }: ImportOptions, target: LogPlace, terminal: Terminal): Promise<ExitCode> {
  const beganMs = performance.now();
  const isFile = from !== '-';
  const name = isFile ? from : 'standard input';
  const open = (): Pages => readExport(name, isFile ? fileStream(from) : terminal.input);
  if (isFile) {
    let checked = 0;
    for await (const page of open()) terminal.progress(`checking ${from}: ${counted((checked += page.length), 'event')}`);
  }
  const brought = await bringHistory(open(), target, (events) => terminal.progress(`importing: ${counted(events, 'event')}`));
  const proof = await proveSame({ history: isFile ? open : null, sourceHash: null, brought, target }, terminal);
  terminal.progress(null);
  const { read, written } = brought;
  if (json) terminal.answer(JSON.stringify({ events: read, written, same: proof.difference === null, proof: proof.text, difference: proof.difference }, null, 2));
  else {
    terminal.answer(`imported ${counted(written, 'event')} of ${readableCount(read)} into ${target.label} (${perSecond(read, performance.now() - beganMs)})`);
    terminal.answer(proof.text);
  }
  return proof.difference === null ? EXIT_CODES.sound : EXIT_CODES.differenceFound;
}

function fileStream(file: string): Readable {
  try {
    return fs.createReadStream(file, { fd: fs.openSync(file, 'r') });
  } catch (error) {
    throw new ReplayError(EXIT_CODES.usage, `${file} cannot be read: ${(error as Error).message}`);
  }
}
