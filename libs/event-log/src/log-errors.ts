/** The file does not hold what was once acknowledged. Nothing was repaired, cut or overwritten. */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';
  readonly code = 'LOG_CORRUPT';
  readonly file: string;
  readonly finding: string;
  /** The last position known to be whole, or null when that is not known. */
  readonly intactThrough: number | null;

  constructor(file: string, finding: string, intactThrough: number | null = null, cause?: unknown) {
    const where = intactThrough === null ? '' : ` (intact through position ${intactThrough})`;
    super(
      `the event log ${file} is damaged: ${finding}${where}. Nothing was changed. ` +
        `Stop everything that uses it, keep a copy of ${file}, ${file}-wal and ${file}.head, and restore all three from a backup.`,
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
