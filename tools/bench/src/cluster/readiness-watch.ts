import { existsSync, readFileSync } from 'node:fs';
import { answersOk } from '../measuring/loopback.js';

type Starting = { readonly event?: unknown; readonly name?: unknown; readonly healthUrl?: unknown };

/** Says of each service once when it is ready, by its own `/readyz`, whose place it tells in the services' log. */
export class ReadinessWatch {
  readonly #logFile: string;
  readonly #onReady: (service: string) => void;
  readonly #earlier: number;
  readonly #ready = new Set<string>();

  /** What the log holds by now is of earlier processes. */
  constructor(logFile: string, onReady: (service: string) => void) {
    this.#logFile = logFile;
    this.#onReady = onReady;
    this.#earlier = this.#read().length;
  }

  /** Looks once; true when all that have started are ready. */
  async look(): Promise<boolean> {
    const starting = this.#starting();
    for (const [service, healthUrl] of starting) {
      if (this.#ready.has(service) || !(await answersOk(new URL('/readyz', healthUrl).href))) continue;
      this.#ready.add(service);
      this.#onReady(service);
    }
    return starting.size > 0 && this.#ready.size === starting.size;
  }

  #starting(): ReadonlyMap<string, string> {
    const lines = this.#read().slice(this.#earlier).split('\n').filter((line) => line.includes('"service.starting"') && line.endsWith('}'));
    const all = lines.map((line) => JSON.parse(line) as Starting);
    return new Map(all.flatMap(({ name, healthUrl }) => (typeof name === 'string' && typeof healthUrl === 'string' ? [[name, healthUrl] as const] : [])));
  }

  #read(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }
}
