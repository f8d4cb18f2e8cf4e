import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { BenchProcess, type BenchCommand } from './bench-process.js';

/** Scratch data and processes of one run; nothing of them is left when it is disposed of. */
export class Workshop implements AsyncDisposable {
  readonly #root: string;
  readonly #processes: BenchProcess[] = [];
  readonly #opened = new AsyncDisposableStack();
  #closed = false;

  constructor(resultsDirectory: string) {
    mkdirSync(resultsDirectory, { recursive: true });
    this.#root = mkdtempSync(path.join(resultsDirectory, 'work-'));
  }

  /** What fails from now on fails because of it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A new, empty directory. */
  directory(name: string): string {
    return mkdtempSync(path.join(this.#root, `${name}-`));
  }

  async start(command: BenchCommand): Promise<BenchProcess> {
    if (this.#closed) throw new Error('the run has ended');
    const started = await BenchProcess.start(command);
    this.#processes.push(started);
    return started;
  }

  /** Closed when the run ends, after its processes, the last one opened first. */
  use<T extends AsyncDisposable>(opened: T): T {
    return this.#opened.use(opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#processes.splice(0).map((started) => started.stop()));
    await this.#opened.disposeAsync();
    rmSync(this.#root, { recursive: true, force: true });
  }
}
