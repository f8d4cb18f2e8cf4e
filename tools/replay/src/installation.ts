import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { ReplayConfig } from './config.js';
import { EXIT_CODES, ReplayError } from './exit-codes.js';
import { failureOf } from './log-failure.js';
import { logPlaceAt, requireDatabaseUrl, sqlitePlace, type LogPlace } from './log-place.js';
import { resting } from './resting-copy.js';

/** Where the log and the read models are, as the command line and the environment say it. */
export type Places = { readonly log: LogPlace; readonly readModels: ReadModelPlace };
export type ReadModelPlace = { readonly directory: string } | { readonly databaseUrl: string };

export type GivenPlaces = { readonly dataDir?: string; readonly log?: string; readonly database?: string };

/** What the platform keeps, ready to be read. */
export type Installation = {
  readonly log: LogPlace;
  readonly readModels: ReadModelPlace;
  /** For SQLite: null when there is no such file. */
  readModelFile(directory: string, name: string): string | null;
  /** A directory of our own, removed afterwards. */
  readonly scratchDirectory: string;
};

const LOG_FILE = 'log.sqlite';
const READ_MODEL_DIRECTORY = 'read-models';

/**
 * What the command line names belongs together: a data directory means its log and its read models, an SQLite log those
 * beside it. Only what is left open is taken from the environment. Throws ReplayError.
 */
export function placesOf(given: GivenPlaces, config: ReplayConfig): Places {
  const dataDir = given.dataDir === undefined ? config.dataDir : path.resolve(given.dataDir);
  const namesDirectory = given.dataDir !== undefined && given.log === undefined;
  const logUrl = given.log ?? (namesDirectory ? null : config.logUrl);
  const log = logUrl === null ? sqlitePlace(path.join(dataDir, LOG_FILE)) : logPlaceAt(logUrl);
  const besideLog = given.log !== undefined && given.dataDir === undefined && log.file !== null ? path.dirname(log.file) : null;
  const databaseUrl = given.database ?? (namesDirectory || besideLog !== null ? null : config.databaseUrl);
  const readModels = databaseUrl === null ? { directory: path.join(besideLog ?? dataDir, READ_MODEL_DIRECTORY) } : { databaseUrl: requireDatabaseUrl(databaseUrl) };
  return { log, readModels };
}

/**
 * Lets `use` read what the platform keeps; nothing of it is written to. Throws ReplayError, with what to do about it,
 * unless there is a log that may be read and is whole enough to be.
 */
export async function withInstallation<T>({ log, readModels }: Places, use: (installation: Installation) => Promise<T>): Promise<T> {
  if (log.file !== null) requireReadable(log.file);
  const scratchDirectory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-replay-'));
  const remove = () => fs.rmSync(scratchDirectory, { recursive: true, force: true });
  process.once('exit', remove); // also when it is interrupted
  const readModelFile = (directory: string, name: string) => {
    const file = path.join(directory, name);
    return fs.existsSync(file) ? resting(file, scratchDirectory) : null;
  };
  try {
    return await use({ log: restingPlace(log, scratchDirectory), readModels, readModelFile, scratchDirectory });
  } catch (error) {
    throw failureOf(error, log.label);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Names the original and reads the copy. */
function restingPlace(log: LogPlace, scratchDirectory: string): LogPlace {
  return log.file === null ? log : { ...sqlitePlace(resting(log.file, scratchDirectory, ['.head'])), label: log.label };
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
        ? `there is no event log at ${logFile}: start the platform once, or name its data directory with --data-dir, or its log with --log`
        : `the event log ${logFile} cannot be read (${code ?? String(error)}): run this as the user the platform runs as`,
    );
  }
}
