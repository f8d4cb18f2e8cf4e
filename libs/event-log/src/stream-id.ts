import { InvalidEventError } from './log-errors.js';

export const STREAM_ID_BYTES_MAX = 256;

const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws InvalidEventError unless the id is 1 to 256 bytes of well-formed UTF-8, without control characters or a leading `$`. */
export function requireStreamId(streamId: string): void {
  requireName('stream id', streamId);
  if (streamId.startsWith('$')) throw new InvalidEventError(`stream id ${streamId}: a leading $ is kept for event stores' own streams`);
}

/** The rule for stream ids, event ids and event types alike. */
export function requireName(what: string, name: string): void {
  if (typeof name !== 'string' || name.length === 0) throw new InvalidEventError(`${what} is empty`);
  if (name.length > STREAM_ID_BYTES_MAX || Buffer.byteLength(name) > STREAM_ID_BYTES_MAX)
    throw new InvalidEventError(`${what} is longer than ${STREAM_ID_BYTES_MAX} bytes: ${name.slice(0, 40)}…`);
  requireCleanText(what, name);
}

export function requireCleanText(what: string, text: string): void {
  if (CONTROL_CHARACTER.test(text)) throw new InvalidEventError(`${what} contains a control character`);
  if (LONE_SURROGATE.test(text)) throw new InvalidEventError(`${what} contains half a surrogate pair`);
}
