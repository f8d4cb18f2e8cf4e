import { bearerTokenHash } from './bearer-token.js';
import type { Exchange, FlatHeaders } from './forward-engine.js';
import { operationOf, type Operation } from './openai-routes.js';
import { requestHeaders } from './passed-headers.js';
import { keptRequestId } from './request-id.js';

/** All that this proxy wants to know of a head. */
export type ReadHead = {
  readonly operation: Operation;
  /** Of the bearer token; null if there is none. */
  readonly tokenHash: string | null;
  /** The host name addressed, in lower case and without its port. */
  readonly host: string | null;
  /** The client's own id for the request, if it is fit to be kept. */
  readonly requestId: string | null;
  /** What the client says belongs together. */
  readonly sessionId: string | null;
  /** The revision it wants, by number or id. */
  readonly pin: string | null;
  /** What a replica is sent of the headers. */
  readonly passed: Readonly<FlatHeaders>;
};

/** Worked out once for each head; a client that repeats itself on a connection is not hashed and filtered anew. */
export function readHead(exchange: Exchange): ReadHead {
  const { memo, headers, method, target } = exchange;
  if (memo.kept !== null) return memo.kept as ReadHead;
  const head: ReadHead = {
    operation: operationOf(method, target),
    tokenHash: bearerTokenHash(text(headers['authorization'])),
    host: hostName(text(headers['host'])),
    requestId: keptRequestId(headers['x-request-id']),
    sessionId: text(headers['x-session-id']) || null,
    pin: text(headers['x-revision-id']) || null,
    passed: requestHeaders(headers),
  };
  memo.kept = head;
  return head;
}

function hostName(host: string | undefined): string | null {
  if (host === undefined) return null;
  const colon = host.lastIndexOf(':');
  return (colon > host.lastIndexOf(']') ? host.slice(0, colon) : host).toLowerCase();
}

const text = (value: string | readonly string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
