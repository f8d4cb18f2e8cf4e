import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import picocolors from 'picocolors';

/** What a command says, and to whom. */
export interface Terminal {
  /** The answer: standard output, one line or more. */
  answer(text: string): void;
  /** A piece of an answer that comes in pieces. */
  write(text: string): void;
  /** About the answer: standard error, so that the answer can be piped. */
  note(text: string): void;
  /** Lines that take the place of those drawn before; only where `isLive`. Null keeps what is drawn and goes on below it. */
  draw(lines: readonly string[] | null): void;
  /** Somebody watches: lines can be drawn over. */
  readonly isLive: boolean;
  /** Somebody can be asked. */
  readonly isAnswerable: boolean;
  /** Width in characters. */
  readonly columns: number;
  readonly colours: Colours;
  /** Everything on standard input. */
  readInput(): Promise<string>;
  /** One line from the person at the terminal, unseen if it is a secret; null at the end of input, and when they leave with Ctrl-C. */
  ask(question: string, isSecret?: boolean): Promise<string | null>;
}

export type Colours = Pick<ReturnType<typeof picocolors.createColors>, 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'>;

const COLUMNS_WITHOUT_TERMINAL = 100;

export type TerminalStreams = { readonly stdin: Readable & { isTTY?: boolean }; readonly stdout: NodeJS.WriteStream; readonly stderr: NodeJS.WriteStream };

export function processTerminal({ stdin, stdout, stderr }: TerminalStreams, allowsColours: boolean): Terminal {
  let drawn = 0;
  let lines: Interface | null = null;
  return {
    isLive: stdout.isTTY === true,
    isAnswerable: stdin.isTTY === true && stderr.isTTY === true,
    colours: picocolors.createColors(allowsColours && stdout.isTTY === true && stderr.isTTY === true),
    get columns() {
      return stdout.isTTY ? stdout.columns : COLUMNS_WITHOUT_TERMINAL;
    },
    answer: (said) => void stdout.write(`${said}\n`),
    write: (said) => void stdout.write(said),
    note: (said) => void stderr.write(`${said}\n`),
    draw: (given) => {
      if (given === null) return void (drawn = 0);
      // What has scrolled out of sight cannot be drawn over.
      const frame = given.slice(0, Math.max(1, stdout.rows - 1));
      // Up to the first drawn line, and everything from there on anew.
      stdout.write(`${drawn > 0 ? `\u001b[${drawn}A` : ''}\r\u001b[J${frame.map((line) => `${line}\n`).join('')}`);
      drawn = frame.length;
    },
    readInput: () => text(stdin),
    ask: async (question, isSecret = false) => {
      if (isSecret) return askUnseen(stdin, stderr, question);
      lines ??= createInterface({ input: stdin, output: stderr, terminal: stdin.isTTY === true });
      return nextLine(lines, question);
    },
  };
}

async function askUnseen(stdin: Readable, stderr: NodeJS.WriteStream, question: string): Promise<string | null> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const unseen = createInterface({ input: stdin, output: nowhere, terminal: true });
  stderr.write(question);
  const line = await nextLine(unseen, '');
  unseen.close();
  stderr.write('\n');
  return line;
}

function nextLine(lines: Interface, question: string): Promise<string | null> {
  return new Promise((resolve) => {
    const leave = (): void => resolve(null);
    lines.once('close', leave);
    lines.once('SIGINT', () => lines.close());
    // Closed input can be asked nothing more: the end of input was seen already.
    lines.question(question).then((line) => (lines.off('close', leave), resolve(line)), leave);
  });
}
