/** What a run says. Progress goes to standard error, so that the table can be piped. */
export interface Terminal {
  answer(text: string): void;
  /** About the answer, to standard error. */
  note(text: string): void;
  /** One step of the run; on a terminal it is written over by the next. */
  progress(text: string): void;
}

export function processTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  const clear = (): void => {
    if (stderr.isTTY) stderr.write('\r\u001b[K');
  };
  return {
    answer: (text) => {
      clear();
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      clear();
      stderr.write(`${text}\n`);
    },
    progress: (text) => {
      stderr.write(stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    },
  };
}
