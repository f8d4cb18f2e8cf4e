import type { IncomingMessage } from 'node:http';
import { sameToken } from '../secrets/same-token.js';

const LOOPBACK = /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/;
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const BEARER = /^bearer +(\S+)$/i;

/**
 * Whether this request may read metrics: with a token set, whoever shows it; without one, programs on this machine alone.
 * A program counts as local when it comes from a loopback address, through no proxy, and by a local name: a page in a
 * browser here that has its own host name resolve to this address is not let in.
 */
export function mayReadMetrics({ headers, socket }: IncomingMessage, token: string | null): boolean {
  if (token !== null) {
    const [, presented] = BEARER.exec(headers.authorization ?? '') ?? [];
    return presented !== undefined && sameToken(presented, token);
  }
  if (headers['forwarded'] !== undefined || headers['x-forwarded-for'] !== undefined) return false;
  return LOOPBACK.test(socket.remoteAddress ?? '') && LOCAL_HOST.test(headers.host ?? '');
}
