import type { Readable, Writable } from 'node:stream';

/** What a command says, and to whom. */
export interface Terminal {
  /** The answer: standard output, one line or more. */
  answer(text: string): void;
  /** About the answer: standard error, so that the answer can be piped. */
  note(text: string): void;
  /** How far it has come, on one line that is written over; only for people who watch. Null takes it away. */
  progress(text: string | null): void;
  /** Standard input and output, for what is no text of ours. */
  readonly input: Readable;
  readonly output: Writable;
}

/** A tenth of a second: more often is not seen. */
const PROGRESS_INTERVAL_MS = 100;

export function processTerminal(stdin: Readable, stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, nowMs: () => number): Terminal {
  let shownAtMs = 0;
  const clear = () => {
    if (shownAtMs > 0) stderr.write('\r\u001b[K');
    shownAtMs = 0;
  };
  return {
    input: stdin,
    output: stdout,
    answer: (text) => {
      clear();
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      clear();
      stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (!stderr.isTTY) return;
      if (text === null) return clear();
      if (nowMs() - shownAtMs < PROGRESS_INTERVAL_MS) return;
      stderr.write(`\r\u001b[K${text}`);
      shownAtMs = nowMs();
    },
  };
}
