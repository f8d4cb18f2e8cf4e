/** What a script that calls the tool can rely on. */
export const EXIT_CODES = {
  done: 0,
  /** The service understood and said no: the code of its error catalogue is told. */
  refused: 1,
  /** An unknown command or option, a file that cannot be read, an input that is none. */
  usage: 2,
  /** The gateway, or a service behind it, cannot be reached right now; asking again may help. */
  notReachable: 3,
  /** There is no token, or the gateway does not take it. */
  notSignedIn: 4,
  /** What was waited for ended otherwise: the rollout failed, was rolled back or was overtaken. */
  endedOtherwise: 5,
  /** What was waited for had not come when the time was up; it may still come. */
  timedOut: 6,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

export const EXIT_HELP = `
Exit codes: 0 done, 1 refused by the service, 2 wrong usage, 3 not reachable, 4 not signed in,
            5 waited and it failed or was rolled back, 6 waited and the time was up, 130 interrupted.`;

/** Ends the tool: what happened, and what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly exitCode: ExitCode,
    /** From the service's error catalogue, or the tool's own: USAGE, NOT_REACHABLE, NOT_SIGNED_IN, NOT_FOUND, ENDED_OTHERWISE, TIMED_OUT. */
    readonly code: string,
    message: string,
    /** One sentence, or null where the message says it already. */
    readonly fix: string | null = null,
  ) {
    super(message);
  }
}

export const usageError = (message: string, fix: string | null = null): CliError => new CliError(EXIT_CODES.usage, 'USAGE', message, fix);
