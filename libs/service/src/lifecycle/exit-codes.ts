/** What a service process ends with, after sysexits.h. */
export const EXIT = {
  done: 0,
  /** An argument it does not know. */
  usage: 64,
  /** A fault of ours; the log has the stack. */
  internal: 70,
  /** It could not start now, but may later. */
  later: 75,
  /** A setting that does not fit. */
  configuration: 78,
} as const;
