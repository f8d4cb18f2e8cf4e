import { setTimeout as sleep } from 'node:timers/promises';
import type { Readiness } from '../health/readiness.js';
import type { Logger } from '../logging/logger.js';
import { causeOf } from './cause-of-error.js';

/** The wait after the first failed attempt, in milliseconds; it doubles with each. */
export const REACH_RETRY_MIN_MS = 100;
/** The longest wait between attempts while the cause may pass by itself, in milliseconds. */
export const REACH_RETRY_MAX_MS = 3_000;
/** The wait between attempts when somebody has to change something first, in milliseconds. */
export const REACH_RETRY_LASTING_MS = 15_000;
/** Up to this share of a wait is left out by chance, so that a fleet does not come back all at once. */
const JITTER_SHARE = 0.3;

export type ReachOptions = {
  readonly logger: Logger;
  /** Gives up with the signal's reason. */
  readonly signal: AbortSignal;
  /** Not ready, with the reason, while it cannot be reached: a check named as `what` is. */
  readonly readiness?: Readiness;
  /** Whether somebody has to change something first: missing rights, a wrong version, a wrong password. Default: never. */
  readonly isLasting?: (error: unknown) => boolean;
  readonly retry?: { readonly minMs?: number; readonly maxMs?: number; readonly lastingMs?: number };
};

/**
 * Attempts until it succeeds: what a service needs may come up after it, go away and come back. Each cause is logged
 * once, not each attempt; a lasting one as an error, and tried more rarely.
 * @throws the signal's reason once it is aborted.
 */
export async function untilReachable<T>(what: string, attempt: (signal: AbortSignal) => Promise<T>, options: ReachOptions): Promise<T> {
  const { logger, signal, readiness, isLasting = () => false } = options;
  const { minMs = REACH_RETRY_MIN_MS, maxMs = REACH_RETRY_MAX_MS, lastingMs = REACH_RETRY_LASTING_MS } = options.retry ?? {};
  const startedAtMs = performance.now();
  let saidKey: string | null = null;
  let detail = 'not reached yet';
  let isReached = false;
  readiness?.add({ name: what, check: () => (isReached ? { ready: true } : { ready: false, detail }) });
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted();
    try {
      const reached = await attempt(signal);
      isReached = true;
      const ms = Math.round(performance.now() - startedAtMs);
      if (saidKey !== null) logger.info({ event: 'dependency.reached', what, attempts, ms }, `${what} is reachable`);
      return reached;
    } catch (error) {
      signal.throwIfAborted();
      const lasting = isLasting(error);
      const { key, message, code } = causeOf(error);
      detail = message;
      if (key !== saidKey) {
        saidKey = key;
        const fields = { event: lasting ? 'dependency.refused' : 'dependency.unreachable', what, code, reason: message };
        if (lasting) logger.error(fields, `${what} will not work until this is changed: ${message}`);
        else logger.warn(fields, `${what} cannot be reached, trying on: ${message}`);
      }
      const waitMs = lasting ? lastingMs : Math.min(maxMs, minMs * 2 ** Math.min(attempts - 1, 20));
      await sleep(waitMs * (1 - Math.random() * JITTER_SHARE), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
