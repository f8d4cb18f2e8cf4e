import { sameToken } from '../secrets/same-token.js';
import { fromInternalHeaders, INTERNAL_TOKEN_HEADER, toInternalHeaders } from './internal-headers.js';
import { requestContext, type HeaderReader } from './request-context.js';

const reader = (headers: Record<string, string>): HeaderReader => (name) => headers[name] ?? null;
const UUID = /^[\da-f-]{36}$/;
const TRACE = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('the context of a request', () => {
  it('makes up what the client did not send', () => {
    const context = requestContext('ada', reader({}));
    expect(context).toMatchObject({ actor: 'ada', idempotencyKey: null, traceparent: null, correlationId: context.requestId });
    expect(context.requestId).toMatch(UUID);
    expect(context.commandId).toMatch(UUID);
    expect(context.commandId).not.toBe(requestContext('ada', reader({})).commandId);
  });

  it('takes ids, key and trace from headers', () => {
    const headers = { 'x-request-id': 'r1', 'x-correlation-id': 'c1', 'idempotency-key': 'k'.repeat(200), traceparent: TRACE };
    expect(requestContext('ada', reader(headers))).toMatchObject({
      requestId: 'r1',
      correlationId: 'c1',
      commandId: 'k'.repeat(200),
      idempotencyKey: 'k'.repeat(200),
      traceparent: TRACE,
    });
  });

  it.each(['', 'k'.repeat(201), 'with space', 'tab\t', 'ünicode', 'line\nbreak'])('refuses %j as idempotency key', (key) => {
    expect(() => requestContext('ada', reader({ 'idempotency-key': key }))).toThrow('Idempotency-Key must be 1 to 200 visible ASCII characters');
  });

  it('ignores malformed ids and traces, which nobody depends on', () => {
    const context = requestContext('ada', reader({ 'x-request-id': 'a b', traceparent: 'nonsense' }));
    expect(context.requestId).toMatch(UUID);
    expect(context.traceparent).toBeNull();
  });
});

describe('internal headers', () => {
  const sent = { ...requestContext('Ada Lovelace ü', reader({ 'idempotency-key': 'k%1', traceparent: TRACE })), responseKey: 'first' };

  it('carry a context between services unchanged', () => {
    expect(fromInternalHeaders(reader(toInternalHeaders(sent, 'secret')), 'secret')).toEqual(sent);
  });

  it('are not believed without the right token, nor by a service that has none', () => {
    const headers = toInternalHeaders(sent, 'secret');
    for (const expected of ['other', 'secret2', null]) {
      expect(() => fromInternalHeaders(reader(headers), expected)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    }
    delete headers[INTERNAL_TOKEN_HEADER];
    expect(() => fromInternalHeaders(reader(headers), 'secret')).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  it('compare tokens of any length', () => {
    expect(sameToken('a', 'a')).toBe(true);
    expect(sameToken('a', 'ab')).toBe(false);
    expect(sameToken('', 'a')).toBe(false);
  });
});
