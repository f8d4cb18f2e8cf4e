import { invalidInput, isSlipwayError, SlipwayError } from '@slipway/contracts';
import { answerHealth, requestContext, withHttpServerSpan, type HeaderReader, type Logger, type Readiness } from '@slipway/service';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorLimits } from '../config.js';
import { doorContext } from '../graph/door-context.js';
import type { GraphLease } from '../graph/graph-generations.js';
import { GRAPHQL_PATH, type Graph } from '../graph/graph-runtime.js';
import { pass, refuse, send } from './answer.js';
import type { QueryPage } from './query-page.js';
import { operationFromUrl, parseOperation, readBody, type OperationParams } from './request-body.js';
import { targetOf, type Target } from './request-target.js';
import { signedInAs, type Authenticate } from './sign-in.js';

export type DoorOptions = {
  readonly graph: Graph;
  readonly authenticate: Authenticate;
  /** Where the admin token lies, for the sentence that says how to sign in. */
  readonly tokenFile: string;
  readonly limits: Pick<DoorLimits, 'bodyBytesMax' | 'stallTimeoutMs'>;
  readonly readiness: Readiness;
  readonly page: QueryPage;
  readonly logger: Logger;
};

const NOT_ACCEPTABLE = 406;

/** Either header proves that a script, not a form or a link of another site, sent the request. */
const PREFLIGHT_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name', 'x-graphql-yoga-csrf'];

/**
 * GraphQL over HTTP and SSE. Health and the query page are open; everything else is refused with 401 before a byte of
 * the body is read.
 */
export function httpDoor(options: DoorOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (answerHealth(options.readiness, request, response)) return;
    const target = targetOf(request);
    if (wantsPage(request, target)) return send(response, 200, options.page.headers, options.page.html);
    const answering = (): void => void answer(options, request, response, target).catch((error: unknown) => refuse(response, error, randomUUID(), options.logger));
    if (target.path === GRAPHQL_PATH) withHttpServerSpan(request, response, GRAPHQL_PATH, answering);
    else answering();
  };
}

async function answer(options: DoorOptions, request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
  const { graph, limits, logger } = options;
  const header: HeaderReader = (name) => [request.headers[name]].flat()[0] ?? null;
  const actor = signedInAs(request.headers.authorization, options.authenticate);
  if (actor === null) return refuse(response, new SlipwayError('UNAUTHENTICATED', { tokenFile: options.tokenFile }), randomUUID(), logger);

  const left = new AbortController();
  response.once('close', () => left.abort());
  const acceptsStream = (request.headers.accept ?? '').includes('text/event-stream');
  const client = { connection: request.socket, acceptsStream, left: left.signal };
  const context = contextOrRefusal(() => doorContext(client, (signal) => requestContext(actor, header, signal)));
  if ('refusal' in context) return refuse(response, context.refusal, randomUUID(), logger, 400);

  const { requestId } = context.slipway;
  const wrong = wrongRequest(request, target);
  if (wrong !== null) return refuse(response, wrong.error, requestId, logger, wrong.status);
  let lease: GraphLease | null = null;
  try {
    const params = request.method === 'GET' ? operationFromUrl(target.search) : parseOperation(await readBody(request, limits.bodyBytesMax));
    const asked = graphRequest(params, request, left.signal);
    lease = graph.enter(context.abandon);
    const found = (await lease.runtime.fetch(asked.url, asked.init, context)) as Response;
    if (found.status === NOT_ACCEPTABLE) throw invalidInput([{ field: 'accept', problem: 'must allow application/json or text/event-stream' }]);
    await pass(found, response, requestId, limits.stallTimeoutMs);
  } catch (error) {
    if (left.signal.aborted) return;
    // A body that cannot be read is a malformed request (400), not well-formed input that breaks a rule (422).
    refuse(response, error, requestId, logger, isSlipwayError(error) && error.code === 'INVALID_INPUT' ? 400 : undefined);
  } finally {
    lease?.leave();
  }
}

function contextOrRefusal<T extends object>(make: () => T): T | { readonly refusal: unknown } {
  try {
    return make();
  } catch (refusal) {
    return { refusal };
  }
}

type WrongRequest = { readonly status: number; readonly error: SlipwayError };

function wrongRequest(request: IncomingMessage, { path }: Target): WrongRequest | null {
  const wrong = (status: number, field: string, problem: string): WrongRequest => ({ status, error: invalidInput([{ field, problem }]) });
  if (path !== GRAPHQL_PATH) return wrong(404, 'path', `must be ${GRAPHQL_PATH}`);
  if (request.method !== 'POST' && request.method !== 'GET') return wrong(405, 'method', 'must be POST, or GET for queries');
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') return wrong(415, 'content-encoding', 'must be absent');
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (request.method === 'POST' && type !== 'application/json') return wrong(415, 'content-type', 'must be application/json');
  if (request.method === 'GET' && type !== 'application/json' && !PREFLIGHT_HEADERS.some((name) => name in request.headers)) {
    return wrong(400, PREFLIGHT_HEADERS[0] ?? '', 'must be present on a GET, so that no other site can send it');
  }
  return null;
}

function graphRequest(params: OperationParams, request: IncomingMessage, signal: AbortSignal): { url: string; init: RequestInit } {
  const headers = { 'content-type': 'application/json', accept: request.headers.accept ?? 'application/json' };
  const url = new URL(GRAPHQL_PATH, 'http://gateway');
  if (request.method !== 'GET') return { url: url.href, init: { method: 'POST', headers, body: JSON.stringify(params), signal } };
  url.searchParams.set('query', params.query);
  if (params.variables !== null) url.searchParams.set('variables', JSON.stringify(params.variables));
  if (params.operationName !== null) url.searchParams.set('operationName', params.operationName);
  return { url: url.href, init: { method: 'GET', headers, signal } };
}

function wantsPage(request: IncomingMessage, { path, search }: Target): boolean {
  const isPagePath = path === '/' || (path === GRAPHQL_PATH && !search.has('query'));
  const accept = request.headers.accept ?? '';
  return request.method === 'GET' && isPagePath && (accept.includes('text/html') || (path === '/' && accept !== 'application/json'));
}
