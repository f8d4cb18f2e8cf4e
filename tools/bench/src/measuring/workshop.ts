import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { BenchProcess, type BenchCommand } from './bench-process.js';

/** Scratch data and processes of one run; nothing of them is left when it is disposed of. */
export class Workshop implements AsyncDisposable {
  readonly #root: string;
  readonly #processes: BenchProcess[] = [];

  constructor(resultsDirectory: string) {
    mkdirSync(resultsDirectory, { recursive: true });
    this.#root = mkdtempSync(path.join(resultsDirectory, 'work-'));
  }

  /** A new, empty directory. */
  directory(name: string): string {
    return mkdtempSync(path.join(this.#root, `${name}-`));
  }

  async start(command: BenchCommand): Promise<BenchProcess> {
    const started = await BenchProcess.start(command);
    this.#processes.push(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.splice(0).map((started) => started.stop()));
    rmSync(this.#root, { recursive: true, force: true });
  }
}
