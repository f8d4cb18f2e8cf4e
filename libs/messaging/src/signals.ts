import type { Json } from '@slipway/domain';

/**
 * Hints between processes: fire and forget, at most once, in order per publisher and subject. Whoever relies on one having
 * arrived is wrong: a signal only makes something happen sooner that happens anyway.
 */
export interface Signals {
  /** Returns at once, whatever the receivers do. What cannot be sent or held is dropped and counted. Throws on a malformed subject. */
  publish(subject: string, payload: Json): void;
  /** The handler runs later, never inside `publish`, with a payload of its own. The publisher's own handlers are told too. */
  subscribe(subject: string, handler: (payload: Json) => void): Unsubscribe;
  /** Signals this side gave up: too large, a buffer full (the oldest go), nobody connected, or closed. */
  readonly droppedCount: number;
  /** Afterwards nothing is sent or delivered. May be repeated. */
  close(): Promise<void>;
}

export type Unsubscribe = () => void;

/** A signal as JSON text, with its subject. */
export const SIGNAL_MAX_BYTES = 256 * 1024;
/** Signals received and not yet handled, and signals waiting for one slow receiver; past it the oldest are dropped. */
export const DELIVERY_QUEUE_MAX = 4096;
export const SEND_QUEUE_MAX = 1024;

const SUBJECT = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,7}$/;
const SUBJECT_LENGTH_MAX = 200;

export function isSubject(text: unknown): text is string {
  return typeof text === 'string' && text.length <= SUBJECT_LENGTH_MAX && SUBJECT.test(text);
}

export function assertSubject(subject: string): void {
  if (!isSubject(subject)) throw new Error(`"${String(subject).slice(0, SUBJECT_LENGTH_MAX)}" cannot be the subject of a signal`);
}
