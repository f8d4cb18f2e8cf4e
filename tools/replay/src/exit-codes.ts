/** What a script that calls the tool can rely on. */
export const EXIT_CODES = {
  sound: 0,
  /** Verification found something that the log does not say. */
  differenceFound: 1,
  /** An unknown command, option or stream, or a moment at which the stream did not exist yet. */
  usage: 2,
  /** There is no log there, or it may not be read. */
  logUnreadable: 3,
  /** The log does not hold what was once acknowledged, or no history that can be folded. */
  logCorrupt: 4,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Ends the tool with one line and a code. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
