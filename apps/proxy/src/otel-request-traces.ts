import type { Route } from '@slipway/domain';
import type { RecordedEvent } from '@slipway/event-log';
import { currentTraceparent, inSpan, markFailedAs, startSpan } from '@slipway/service/process';
import type { Exchange, FlatHeaders } from './forward-engine.js';
import type { LiveReplica } from './live-replicas.js';
import { INFERENCE_ROUTES, type InferenceName } from './openai-routes.js';
import type { RequestTrace, RequestTraces } from './request-traces.js';

type Span = ReturnType<typeof startSpan>;

/** What answers, in the words of the conventions for generative AI. */
export const PROVIDER_NAME = 'slipway';
/** Replicas that became ready and have not served yet; beyond, the one that has waited longest is forgotten. */
export const AWAITED_REPLICAS_MAX = 10_000;

const ERROR_STATUS = 400;
const SERVER_ERROR_STATUS = 500;
const CLIENT_LEFT = 'client_left';

/**
 * Requests as spans: one of the server, a child of the client's `traceparent`, and one for each replica it was given to. The
 * first request a replica serves ends the trace that brought the replica there, with a span `first request served`.
 */
export class OtelRequestTraces implements RequestTraces {
  /** The `traceparent` of each one's ReplicaReady. */
  readonly #awaited = new Map<string, string>();

  /** Takes note of replicas as they become ready. */
  readonly notice = ({ type, streamId, metadata: { traceparent } }: Pick<RecordedEvent, 'type' | 'streamId' | 'metadata'>): void => {
    if (!streamId.startsWith(REPLICA_STREAM)) return;
    const replicaId = streamId.slice(REPLICA_STREAM.length);
    this.#awaited.delete(replicaId);
    if (type !== 'ReplicaReady' || traceparent === undefined) return;
    this.#awaited.set(replicaId, traceparent);
    const [longest] = this.#awaited.keys();
    if (this.#awaited.size > AWAITED_REPLICAS_MAX && longest !== undefined) this.#awaited.delete(longest);
  };

  begin(exchange: Pick<Exchange, 'method' | 'headers'>, operation: InferenceName, requestId: string): RequestTrace {
    return new OtelRequestTrace(this.#awaited, exchange, operation, requestId);
  }
}

const REPLICA_STREAM = 'replica-';

class OtelRequestTrace implements RequestTrace {
  readonly #span: Span;
  readonly #route: string;
  #attempt: Span | null = null;
  #live: LiveReplica | null = null;

  constructor(
    private readonly awaited: Map<string, string>,
    exchange: Pick<Exchange, 'method' | 'headers'>,
    private readonly operation: InferenceName,
    requestId: string,
  ) {
    const { traceparent } = exchange.headers;
    this.#route = INFERENCE_ROUTES[operation];
    const attributes = {
      'http.request.method': exchange.method,
      'http.route': this.#route,
      'url.scheme': 'http',
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': PROVIDER_NAME,
      'slipway.request.id': requestId,
    };
    this.#span = startSpan(operation, { kind: 'server', attributes, parent: typeof traceparent === 'string' ? traceparent : null });
  }

  routed({ deploymentId, name }: Route): void {
    // Clients may send anything as a model: only what is there is told.
    this.#span.updateName(`${this.operation} ${name}`).setAttributes({ 'gen_ai.request.model': name, 'slipway.deployment.id': deploymentId });
  }

  given(live: LiveReplica, attempt: number, headers: FlatHeaders): FlatHeaders {
    const { replicaId, revisionId, host, port } = live;
    const ready = this.awaited.get(replicaId);
    const attributes = {
      'http.request.method': 'POST',
      'url.template': this.#route,
      'server.address': host,
      'server.port': port,
      'slipway.replica.id': replicaId,
      'slipway.revision.id': revisionId,
      ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
    };
    const span = inSpan(this.#span, () => startSpan(`POST ${this.#route}`, { kind: 'client', attributes, links: ready === undefined ? [] : [ready] }));
    this.#attempt = span;
    this.#live = live;
    const traceparent = traceparentOf(span);
    return traceparent === undefined ? headers : [...without('traceparent', headers), 'traceparent', traceparent];
  }

  takenBack(status: number, failure: string | null): void {
    const [span, live] = [this.#attempt, this.#live];
    if (span === null || live === null) return;
    this.#attempt = null;
    endWith(span, failure === null ? status : 0, failure ?? (status >= ERROR_STATUS ? String(status) : null));
    if (failure === null && status < ERROR_STATUS) this.#served(live);
  }

  end(status: number, refusal: string | null): void {
    if (this.#attempt !== null) this.takenBack(0, CLIENT_LEFT);
    const { revisionId = null, replicaId = null } = this.#live ?? {};
    if (revisionId !== null && replicaId !== null) this.#span.setAttributes({ 'slipway.revision.id': revisionId, 'slipway.replica.id': replicaId });
    endWith(this.#span, status, refusal ?? (status === 0 ? CLIENT_LEFT : status >= SERVER_ERROR_STATUS ? String(status) : null));
  }

  /** The end of the trace that began with somebody's wish for this replica. */
  #served({ replicaId, revisionId, deploymentId }: LiveReplica): void {
    const parent = this.awaited.get(replicaId);
    if (parent === undefined) return;
    this.awaited.delete(replicaId);
    const own = traceparentOf(this.#span);
    const attributes = { 'slipway.replica.id': replicaId, 'slipway.revision.id': revisionId, 'slipway.deployment.id': deploymentId };
    startSpan('first request served', { parent, links: own === undefined ? [] : [own], attributes }).end();
  }
}

const traceparentOf = (span: Span): string | undefined => inSpan(span, currentTraceparent);

function endWith(span: Span, status: number, errorType: string | null): void {
  if (status > 0) span.setAttribute('http.response.status_code', status);
  if (errorType !== null) markFailedAs(span, errorType);
  span.end();
}

function without(name: string, headers: FlatHeaders): FlatHeaders {
  const kept: FlatHeaders = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [given, value] = [headers[index], headers[index + 1]];
    if (given !== undefined && value !== undefined && given !== name) kept.push(given, value);
  }
  return kept;
}
