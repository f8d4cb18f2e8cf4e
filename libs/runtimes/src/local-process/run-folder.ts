import { mkdir, open, readFile, readdir, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplicaObservation } from '../replica-runtime.js';
import type { ProcessIdentity } from './process-table.js';

/** What is about to be started: written before it is, so that a start can always be told from none. */
export type LaunchIntent = {
  readonly replicaId: string;
  readonly attempt: number;
  readonly host: string;
  readonly port: number;
  readonly startedAtMs: number;
  /** For people; secrets masked. */
  readonly argv: readonly string[];
};

export type EngineEnd = { readonly exitCode: number | null; readonly signal: string | null };

/** Signal numbers a shell reports as 128 + n, where they are the same on every system we run on. */
const SIGNALS: Readonly<Record<number, string>> = {
  ...{ 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 8: 'SIGFPE', 9: 'SIGKILL' },
  ...{ 11: 'SIGSEGV', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM' },
};

export const claimFileName = (attempt: number): string => `attempt-${attempt}.claim`;

/** The files of one replica: `launch.json`, per attempt what the wrapper wrote (`.claim`, `.exit`), `stopped.json`, the log. */
export type RunFolder = ReturnType<typeof runFolder>;

export function runFolder(path: string) {
  const claimPath = (attempt: number): string => join(path, claimFileName(attempt));
  const exitPath = (attempt: number): string => join(path, `attempt-${attempt}.exit`);
  const launchPath = join(path, 'launch.json');
  const stoppedPath = join(path, 'stopped.json');
  const workPath = join(path, 'work');
  async function forgetAttempts(): Promise<void> {
    const names = (await readdir(path)).filter((name) => /^attempt-\d+\.(claim|exit)$/.test(name));
    await Promise.all(names.map((name) => rm(join(path, name), { force: true })));
  }
  return {
    path,
    claimPath,
    exitPath,
    /** Call it when nothing of the replica runs. */
    forgetAttempts,
    logPath: join(path, 'engine.log'),
    /** The engine's own: its working directory, and what actions before the start write. */
    workPath,
    ensure: async (): Promise<void> => void (await mkdir(path, { recursive: true, mode: 0o700 })),

    readLaunch: (): Promise<LaunchIntent | null> => readJson<LaunchIntent>(launchPath),
    writeLaunch: (intent: LaunchIntent): Promise<void> => replaceFile(launchPath, JSON.stringify(intent)),
    readStopped: (): Promise<ReplicaObservation | null> => readJson<ReplicaObservation>(stoppedPath),

    /** Who runs the attempt, as the wrapper itself wrote it. Null: nobody began, or was killed while beginning. */
    async readClaim(attempt: number): Promise<ProcessIdentity | null> {
      const [, pid, stat] = /^(\d+) ?(.*)\n$/.exec((await readFileIfAny(claimPath(attempt))) ?? '') ?? [];
      if (pid === undefined || stat === undefined) return null;
      const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
      return { pid: Number(pid), startTicks };
    },

    /** Null: the wrapper saw no end. */
    async readExit(attempt: number): Promise<EngineEnd | null> {
      const [, text] = /^(\d+)\n$/.exec((await readFileIfAny(exitPath(attempt))) ?? '') ?? [];
      return text === undefined ? null : engineEnd(Number(text));
    },

    /** Ends the replica's run: what was launched so far can no more be started; only the log stays. */
    async close(last: ReplicaObservation): Promise<void> {
      await replaceFile(stoppedPath, JSON.stringify(last));
      await rm(launchPath, { force: true });
      await forgetAttempts();
      await rm(workPath, { recursive: true, force: true });
    },
  };
}

/** Exit codes above 128 are how a shell reports a signal; an engine that exits with one itself is shown alike. */
export function engineEnd(code: number): EngineEnd {
  const signal = code > 128 ? (SIGNALS[code - 128] ?? null) : null;
  return signal === null ? { exitCode: code, signal: null } : { exitCode: null, signal };
}

/** The whole new content or the whole old one, whenever this process dies. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, path);
}

/** Appending, so that truncating the file under a writer makes it go on at the new end. */
export function openForAppend(path: string): Promise<FileHandle> {
  return open(path, 'a', 0o600);
}

export async function readFileIfAny(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written by ourselves through `replaceFile`: whole, or somebody else broke it, and then it counts as absent. */
async function readJson<T>(path: string): Promise<T | null> {
  const text = await readFileIfAny(path);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}
