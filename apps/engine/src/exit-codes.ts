/** What the process's exit code means; also in `--help` and the README. */
export const EXIT = {
  done: 0,
  internal: 1,
  usage: 2,
  modelMissing: 3,
  modelUnreadable: 4,
  portUnavailable: 5,
} as const;
