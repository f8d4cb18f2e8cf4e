import * as fs from 'node:fs';
import * as path from 'node:path';
import { openSqliteLogFollower, type EventLogReader } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from './exit-codes.js';

/** What the platform keeps and this tool reads. */
export type DataDirectory = { readonly logFile: string; readonly readModelsDirectory: string };

/** Throws ReplayError, with what to do about it, unless there is a log that may be read. */
export function findDataDirectory(dataDir: string): DataDirectory {
  const logFile = path.join(dataDir, 'log.sqlite');
  try {
    fs.accessSync(logFile, fs.constants.R_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const unreadable = (why: string) => new ReplayError(EXIT_CODES.logUnreadable, why);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw unreadable(`there is no event log at ${logFile}: start the platform once, or name its data directory with --data-dir`);
    throw unreadable(`the event log ${logFile} cannot be read (${code ?? String(error)}): run this as the user the platform runs as`);
  }
  return { logFile, readModelsDirectory: path.join(dataDir, 'read-models') };
}

/** Opens the log for reading while `use` runs; the platform may run, be killed and start again meanwhile. */
export async function withLog<T>({ logFile }: DataDirectory, use: (log: EventLogReader) => Promise<T>): Promise<T> {
  await using log = openSqliteLogFollower(logFile);
  return await use(log);
}
