import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { openSqliteLogFollower, type EventLogReader } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from './exit-codes.js';
import { failureOf } from './log-failure.js';
import { resting } from './resting-copy.js';

/** What the platform keeps, ready to be read. */
export type DataDirectory = {
  readonly logFile: string;
  /** Null when there is no such file. */
  readModelFile(name: string): string | null;
  /** A directory of our own, removed afterwards. */
  readonly scratchDirectory: string;
};

/**
 * Lets `use` read what the platform keeps; nothing of it is written to. Throws ReplayError, with what to do about it,
 * unless there is a log that may be read and is whole enough to be.
 */
export async function withDataDirectory<T>(dataDir: string, use: (directory: DataDirectory) => Promise<T>): Promise<T> {
  const logFile = path.join(dataDir, 'log.sqlite');
  requireReadable(logFile);
  const scratchDirectory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-replay-'));
  const remove = () => fs.rmSync(scratchDirectory, { recursive: true, force: true });
  process.once('exit', remove); // also when it is interrupted
  const readModelFile = (name: string) => {
    const file = path.join(dataDir, 'read-models', name);
    return fs.existsSync(file) ? resting(file, scratchDirectory) : null;
  };
  try {
    return await use({ logFile: resting(logFile, scratchDirectory, ['.head']), readModelFile, scratchDirectory });
  } catch (error) {
    throw failureOf(error, logFile);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Opens the log for reading while `use` runs; the platform may run, be killed and start again meanwhile. */
export async function withLog<T>({ logFile }: DataDirectory, use: (log: EventLogReader) => Promise<T>): Promise<T> {
  await using log = openSqliteLogFollower(logFile);
  return await use(log);
}

function requireReadable(logFile: string): void {
  try {
    fs.closeSync(fs.openSync(logFile, 'r'));
    if (!fs.statSync(logFile).isFile()) throw Object.assign(new Error(), { code: 'it is no file' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new ReplayError(
      EXIT_CODES.logUnreadable,
      missing
        ? `there is no event log at ${logFile}: start the platform once, or name its data directory with --data-dir`
        : `the event log ${logFile} cannot be read (${code ?? String(error)}): run this as the user the platform runs as`,
    );
  }
}
