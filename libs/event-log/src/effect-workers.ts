import { Slots } from './slots.js';

/** How many instances may be performing an effect at the same time. */
export const EFFECTS_AT_ONCE_MAX = 16;
/** An effect that threw is performed again after this, doubled each time up to the maximum. */
export const EFFECT_RETRY_MS = 100;
export const EFFECT_RETRY_MS_MAX = 30_000;

export type EffectRetry = { readonly key: string; readonly effectId: string; readonly attempts: number; readonly error: string };

/** `next` performs and records the first outstanding effect of the instance; false: there is none. */
export type PerformNext = (key: string) => Promise<boolean>;

/** One worker per instance that owes effects: in order within an instance, instances side by side. */
export class EffectWorkers {
  readonly #performNext: PerformNext;
  readonly #wait: (delayMs: number) => Promise<void>;
  readonly #onError: (key: string, error: unknown) => void;
  readonly #signal: AbortSignal;
  readonly #working = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #retrying = new Map<string, EffectRetry>();
  readonly #slots = new Slots(EFFECTS_AT_ONCE_MAX);

  constructor(
    performNext: PerformNext,
    wait: (delayMs: number) => Promise<void>,
    onError: (key: string, error: unknown) => void,
    signal: AbortSignal,
  ) {
    this.#performNext = performNext;
    this.#wait = wait;
    this.#onError = onError;
    this.#signal = signal;
  }

  get retrying(): readonly EffectRetry[] {
    return [...this.#retrying.values()];
  }

  /** Says that the instance owes something. Once closing, it stays owing: the next start sees to it. */
  kick(key: string): void {
    if (this.#signal.aborted) return; // a worker that ends before it is entered below would never be taken out again
    if (this.#working.has(key)) this.#again.add(key);
    else this.#working.set(key, this.#work(key));
  }

  /** Settles when no worker is at work. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  async #work(key: string): Promise<void> {
    let attempts = 0;
    for (let owing = true; owing && !this.#signal.aborted; ) {
      this.#again.delete(key);
      try {
        owing = (await this.#slots.hold(() => this.#performNext(key))) || this.#again.has(key);
        attempts = 0;
        this.#retrying.delete(key);
      } catch (error) {
        attempts++;
        const effectId = (error as { effectId?: string }).effectId ?? '';
        this.#retrying.set(key, { key, effectId, attempts, error: error instanceof Error ? error.message : String(error) });
        if (!this.#signal.aborted) this.#onError(key, error);
        await this.#wait(Math.min(EFFECT_RETRY_MS * 2 ** (attempts - 1), EFFECT_RETRY_MS_MAX));
      }
    }
    this.#working.delete(key);
    this.#again.delete(key);
  }
}
