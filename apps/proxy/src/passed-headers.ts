import type { FlatHeaders } from './forward-engine.js';

/**
 * Headers of a request that end here: those about one connection, those that a hop in front could have forged, and the
 * client's credentials, which are for this proxy alone.
 */
const ENDS_HERE_IN_REQUEST: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
  'content-length',
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'forwarded',
  'via',
  'x-real-ip',
  'x-request-id',
  'x-route-version',
  'x-revision-id',
]);

const ENDS_HERE_IN_ANSWER: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
  'x-route-version',
  'x-revision-id',
]);

type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a replica is sent of the client's headers: all but those that end here. */
export function requestHeaders(incoming: IncomingHeaders): FlatHeaders {
  const flat: FlatHeaders = [];
  pass(incoming, ENDS_HERE_IN_REQUEST, flat);
  return flat;
}

/** What the client is sent: the replica's headers but for those that end here, after `own`. `own` is taken over. */
export function answerHeaders(incoming: IncomingHeaders, own: FlatHeaders): FlatHeaders {
  pass(incoming, ENDS_HERE_IN_ANSWER, own);
  return own;
}

function pass(incoming: IncomingHeaders, endsHere: ReadonlySet<string>, flat: FlatHeaders): void {
  const nominated = incoming['connection'] === undefined ? NONE : nominatedBy(incoming['connection']);
  for (const name in incoming) {
    if (endsHere.has(name) || nominated.has(name)) continue;
    // x-forwarded-* from outside could be forged; x-slipway-* is between the parts of the platform.
    if (name.charCodeAt(0) === LETTER_X && (name.startsWith('x-forwarded-') || name.startsWith('x-slipway-'))) continue;
    const value = incoming[name];
    if (typeof value === 'string') flat.push(name, value);
    else if (value !== undefined) for (const one of value) flat.push(name, one);
  }
}

const LETTER_X = 'x'.charCodeAt(0);
const NONE: ReadonlySet<string> = new Set();
const KEEP_ALIVE_ONLY = /^(?:keep-alive|close)$/i;

/** Names that `Connection` says are about this connection only. */
function nominatedBy(connection: string | readonly string[]): ReadonlySet<string> {
  if (typeof connection === 'string' && KEEP_ALIVE_ONLY.test(connection)) return NONE;
  const text = typeof connection === 'string' ? connection : connection.join(',');
  return new Set(text.split(',').map((name) => name.trim().toLowerCase()));
}
