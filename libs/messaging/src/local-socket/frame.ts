import { isSubject, SIGNAL_MAX_BYTES } from '../signals.js';

/** One line of JSON between hub and client. `payload` is JSON text. */
export type Frame =
  | { readonly type: 'signal'; readonly subject: string; readonly payload: string }
  | { readonly type: 'subscribe' | 'unsubscribe'; readonly subject: string };

/** Subject, quotes and brackets around a payload. */
const ENVELOPE_MAX_BYTES = 1024;
export const FRAME_MAX_BYTES = SIGNAL_MAX_BYTES + ENVELOPE_MAX_BYTES;

const TYPES = ['signal', 'subscribe', 'unsubscribe'] as const;

export function encodeFrame(frame: Frame): string {
  const payload = frame.type === 'signal' ? `,${frame.payload}` : '';
  return `["${frame.type}","${frame.subject}"${payload}]\n`;
}

/** Null: not a frame of ours; whoever sent it is not to be trusted with more. */
function decodeFrame(line: string): Frame | null {
  try {
    const parsed: unknown = JSON.parse(line);
    if (!Array.isArray(parsed)) return null;
    const [type, subject, payload] = parsed as unknown[];
    if (!TYPES.includes(type as Frame['type']) || !isSubject(subject) || parsed.length !== (type === 'signal' ? 3 : 2)) return null;
    return type === 'signal' ? { type, subject, payload: JSON.stringify(payload) } : { type: type as 'subscribe', subject };
  } catch {
    return null; // no JSON, or nested too deeply
  }
}

/**
 * Cuts a byte stream into frames, however it was split on the way. False: what came is malformed or too long;
 * the connection must be closed, and the reader not used again.
 */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => boolean {
  let parts: Buffer[] = [];
  let length = 0;
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      const tail = chunk.subarray(start, end);
      if (length + tail.length > FRAME_MAX_BYTES) return false;
      const frame = decodeFrame(Buffer.concat([...parts, tail]).toString('utf8'));
      if (frame === null) return false;
      [parts, length, start] = [[], 0, end + 1];
      onFrame(frame);
    }
    const rest = chunk.subarray(start);
    if (rest.length > 0) parts.push(rest);
    length += rest.length;
    return length <= FRAME_MAX_BYTES;
  };
}
