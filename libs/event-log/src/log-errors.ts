/** The log does not hold what was once acknowledged. Nothing was repaired, cut or overwritten. */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';
  readonly code = 'LOG_CORRUPT';
  /** The file, or for a log on a server its address. */
  readonly file: string;
  readonly finding: string;
  /** The last position known to be whole, or null when that is not known. */
  readonly intactThrough: number | null;

  /** `advice` is what to do about it; without one the log is taken for an SQLite file. */
  constructor(file: string, finding: string, intactThrough: number | null = null, cause?: unknown, advice?: string) {
    const where = intactThrough === null ? '' : ` (intact through position ${intactThrough})`;
    super(
      `the event log ${file} is damaged: ${finding}${where}. Nothing was changed. ` +
        (advice ?? `Stop everything that uses it, keep a copy of ${file}, ${file}-wal and ${file}.head, and restore all three from a backup.`),
      { cause },
    );
    this.file = file;
    this.finding = finding;
    this.intactThrough = intactThrough;
  }
}

/** Another process, or another part of this one, is the writer of this log. */
export class LogInUseError extends Error {
  override readonly name = 'LogInUseError';
  readonly code = 'LOG_IN_USE';
  readonly file: string;

  constructor(file: string) {
    super(`the event log ${file} already has a writer; stop the other one first, or follow the log without writing`);
    this.file = file;
  }
}

/**
 * The server that holds the log could not be reached, or was lost on the way. `outcome` says what became of the append:
 * 'not-written', or 'unknown', when the answer to a commit was lost. Repeat it with the same ids in either case.
 */
export class LogUnreachableError extends Error {
  override readonly name = 'LogUnreachableError';
  readonly code = 'LOG_UNREACHABLE';
  readonly log: string;
  readonly outcome: 'not-written' | 'unknown';

  constructor(log: string, finding: string, outcome: 'not-written' | 'unknown', cause?: unknown) {
    const advice =
      outcome === 'unknown'
        ? 'What was being written may or may not be there: repeat it with the same ids once the server answers.'
        : 'Nothing was written: check that the server runs and can be reached from here, and try again.';
    super(`the event log ${log} cannot be reached: ${finding}. ${advice}`, { cause });
    this.log = log;
    this.outcome = outcome;
  }
}

/** The server is there, but does not let us do what the log needs. */
export class LogRightsError extends Error {
  override readonly name = 'LogRightsError';
  readonly code = 'LOG_RIGHTS';
  readonly log: string;

  constructor(log: string, finding: string, advice: string, cause?: unknown) {
    super(`the event log ${log} refuses: ${finding}. ${advice}`, { cause });
    this.log = log;
  }
}

/** The server, its settings or the log's tables are of a kind that this version cannot work with. */
export class LogVersionError extends Error {
  override readonly name = 'LogVersionError';
  readonly code = 'LOG_VERSION';
  readonly log: string;

  constructor(log: string, finding: string, advice: string) {
    super(`the event log ${log} cannot be used: ${finding}. ${advice}`);
    this.log = log;
  }
}

/** More appends are waiting than the log may hold. Nothing was written: slow down and try again. */
export class LogOverloadedError extends Error {
  override readonly name = 'LogOverloadedError';
  readonly code = 'LOG_OVERLOADED';
}

export class LogClosedError extends Error {
  override readonly name = 'LogClosedError';
  readonly code = 'LOG_CLOSED';
  constructor() {
    super('the event log is closed');
  }
}

/** The caller handed in something no log may hold. A bug in the caller, never a user's mistake that reached this far. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
  readonly code = 'INVALID_EVENT';
}
