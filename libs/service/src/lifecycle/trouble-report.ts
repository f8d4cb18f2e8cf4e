import type { Logger } from '../logging/logger.js';
import { causeOf } from './cause-of-error.js';

/** A cause not met for so long is over; when it comes again, it is said again. Longer than any wait between two attempts. */
export const TROUBLE_OVER_AFTER_MS = 30_000;
/** A cause that lasts is said again after so long, in milliseconds. */
export const TROUBLE_SAID_AGAIN_MS = 600_000;
/** What PostgreSQL's client says of a connection, without a code. */
export const CONNECTION_TROUBLE = /^(?:Connection terminated|timeout e?xceeded when trying to connect|Query read timeout)/i;
/** Causes remembered at once. */
const CAUSES_MAX = 100;

export type Trouble = {
  /** Such as `projection.failed`. */
  readonly event: string;
  /** What could not be done, before the reason: `rows could not be written`. */
  readonly words: string;
};

/** Tells of a failure that will be tried again. `about` says of which of several things. */
export type TroubleReport = (error: unknown, about?: Readonly<Record<string, unknown>>) => void;

/**
 * For work that is tried again until it succeeds: each cause is said once in one line, not each attempt. What has a code
 * is a server's or the network's and is a warning without a stack; the rest may be a fault of ours, and is logged with it.
 */
export function troubleReport(logger: Pick<Logger, 'warn' | 'error'>, { event, words }: Trouble, nowMs: () => number = () => performance.now()): TroubleReport {
  const met = new Map<string, { saidAtMs: number; metAtMs: number }>();
  return (error, about = {}) => {
    const { key, code, message } = causeOf(error);
    const atMs = nowMs();
    const before = met.get(key);
    const isOver = before === undefined || atMs - before.metAtMs > TROUBLE_OVER_AFTER_MS || atMs - before.saidAtMs > TROUBLE_SAID_AGAIN_MS;
    met.delete(key); // the oldest stand first
    met.set(key, { metAtMs: atMs, saidAtMs: isOver ? atMs : before.saidAtMs });
    if (met.size > CAUSES_MAX) met.delete(met.keys().next().value ?? '');
    if (!isOver) return;
    const isOurs = code === null ? !CONNECTION_TROUBLE.test(message) : code.startsWith('ERR_');
    if (isOurs) logger.error({ event, ...about, err: error }, words);
    else logger.warn({ event, ...about, code, reason: message }, `${words}, trying on: ${message}`);
  };
}
