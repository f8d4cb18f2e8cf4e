import type { Attributes } from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { durationHistogram, metering } from './instruments.js';
import { inSpan, markFailedAs, startSpan, tracing } from './with-span.js';

const requestDuration = durationHistogram('http.server.request.duration', 'Duration of HTTP server requests');
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE']);
const SERVER_ERROR = 500;

/**
 * Runs a request handler in the span of its request, a child of the `traceparent` it came with, which ends with the
 * answer; and measures `http.server.request.duration`. `route` is a template with no values in it, such as `/graphql`.
 */
export function withHttpServerSpan<T>(request: IncomingMessage, response: ServerResponse, route: string, handle: () => T): T {
  if (!tracing.isOn && !metering.isOn) return handle();
  const startedAtMs = performance.now();
  const given = request.method ?? '';
  const method = METHODS.has(given) ? given : '_OTHER';
  const attributes: Attributes = { 'http.request.method': method, 'http.route': route, 'url.scheme': 'http' };
  const { traceparent } = request.headers;
  const span = startSpan(`${method === '_OTHER' ? 'HTTP' : method} ${route}`, {
    kind: 'server',
    attributes: { ...attributes, 'url.path': route, 'network.protocol.version': request.httpVersion },
    parent: typeof traceparent === 'string' ? traceparent : null,
  });
  response.once('close', () => {
    const status = response.statusCode;
    const outcome: Attributes = { 'http.response.status_code': status, ...(status >= SERVER_ERROR ? { 'error.type': String(status) } : {}) };
    span.setAttributes(outcome);
    if (status >= SERVER_ERROR) markFailedAs(span, String(status));
    span.end();
    requestDuration.record((performance.now() - startedAtMs) / 1000, { ...attributes, ...outcome });
  });
  return inSpan(span, handle);
}
