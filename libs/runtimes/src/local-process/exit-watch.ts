import type { ChildProcess } from 'node:child_process';
import type { ProcessIdentity, ProcessTable } from './process-table.js';

/** How often a process that is not our child is looked at. Half of EXIT_NOTICE_MAX_MS. */
const POLL_INTERVAL_MS = 100;

type Watched = { readonly process: ProcessIdentity; readonly onGone: () => Promise<void>; isTelling: boolean };

/** Notices ends: of our children at once, of adopted processes by looking. */
export class ExitWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly table: ProcessTable) {
    this.#timer = setInterval(() => this.#look(), POLL_INTERVAL_MS).unref();
  }

  /** `onGone` is called once per end; when it rejects, again at the next look. Replaces an earlier watch of the key. */
  add(key: string, process: ProcessIdentity, child: ChildProcess | null, onGone: () => Promise<void>): void {
    this.#watched.set(key, { process, onGone, isTelling: false });
    child?.once('exit', () => this.#look());
  }

  remove(key: string): void {
    this.#watched.delete(key);
  }

  has(key: string): boolean {
    return this.#watched.has(key);
  }

  keys(): readonly string[] {
    return [...this.#watched.keys()];
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watched.clear();
  }

  #look(): void {
    for (const [key, watched] of this.#watched) {
      if (watched.isTelling || this.table.isAlive(watched.process)) continue;
      watched.isTelling = true;
      const forget = (): void => void (this.#watched.get(key) === watched && this.#watched.delete(key));
      watched.onGone().then(forget, () => (watched.isTelling = false));
    }
  }
}
