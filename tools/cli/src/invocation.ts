import type { CliConfig } from './config.js';
import type { GraphClient } from './graph/graph-client.js';
import type { Answer } from './output/answer-format.js';
import type { Terminal } from './terminal.js';

/** What the tool needs from the machine, so that a test can stand in for it. */
export type Machine = {
  nowMs(): number;
  newKey(): string;
  /** Resolves after so many milliseconds; rejects when `signal` is aborted. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
};

/** What the commands of one command line have in common. */
export type Invocation = {
  readonly terminal: Terminal;
  readonly config: CliConfig;
  readonly machine: Machine;
  /** Of the command line; null: the environment's or the stored one. */
  urlOption(): string | null;
  /** The gateway of the command line, the environment or the last login, in this order. */
  graph(): GraphClient;
  /** A client before the sign-in is stored. */
  graphAt(url: string, token: string): GraphClient;
  /** A client that time ends, not Ctrl-C: for what is put away afterwards, and for what must not take long. */
  graphWithin(limitMs: number): GraphClient;
  /** Tells the answer in the format that was asked for. */
  print(answer: Answer): void;
  /** The same for one of many answers that follow each other. */
  printOneOfMany(answer: Answer): void;
  /** Whether people read along: the format is the table's. */
  isForPeople(): boolean;
};
