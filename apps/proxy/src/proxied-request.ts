import { callerOf, chooseReplica, findRoute, mayAdmit, mayBuffer, mayUse, type Route } from '@slipway/domain';
import { addressedModel, MODEL_LENGTH_MAX } from './addressed-model.js';
import type { DataPlane, DeploymentTraffic } from './data-plane.js';
import type { Exchange, ExchangeListener, FlatHeaders, ForwardOutcome, UpstreamFailure } from './forward-engine.js';
import type { LiveReplica } from './live-replicas.js';
import { openAiError, type OpenAiErrorName } from './openai-errors.js';
import { answerHeaders } from './passed-headers.js';
import type { RevisionMetrics } from './proxy-metrics.js';
import type { ReadHead } from './request-head.js';
import type { Waiter } from './waiting-room.js';

/** What a refusal tells a client about when to come again. */
const RETRY_AFTER_SECONDS = 2;

const EMPTY_BODY = Buffer.alloc(0);

/** One request to a model on its way: authenticate → admission → body → routing table → choose replica → forward, again if need be. */
export class ProxiedRequest implements ExchangeListener {
  readonly #arrivedMs = performance.now();
  #admitted = false;
  #done = false;
  #body: Buffer = EMPTY_BODY;
  #bodyBytes = 0;
  #model: string | null = null;
  #traffic: DeploymentTraffic | null = null;
  #route: Route | null = null;
  /** The replica that has the request now. */
  #live: LiveReplica | null = null;
  #revisionId: string | null = null;
  /** Its revision's counters; those of unrouted requests until there is one. */
  #metrics: RevisionMetrics;
  #attempts = 0;
  #tried: string[] = [];
  #mayRepeatAtOnce = false;
  #waiter: Waiter | null = null;
  #waitUntilMs = 0;
  #status = 0;
  #firstByteMs = 0;
  #dropped: 'draining' | 'unfit' | null = null;

  constructor(
    private readonly plane: DataPlane,
    private readonly exchange: Exchange,
    private readonly head: ReadHead,
    private readonly requestId: string,
  ) {
    this.#metrics = plane.metrics.unrouted;
    exchange.attach(this);
  }

  /** Authentication and admission come before anything of the body is read. */
  begin(): void {
    const { plane } = this;
    const caller = callerOf(plane.table, this.head.tokenHash, Date.now());
    if (caller.type === 'expired') return this.#refuse('expiredApiKey');
    if (caller.type === 'anonymous' && !plane.table.someRouteIsOpen) return this.#refuse('invalidApiKey');
    if (!mayAdmit(plane.load, plane.limits)) return this.#refuse('overloaded');
    plane.admit();
    this.#admitted = true;
    this.exchange.receiveBody();
  }

  onBodyBytes(bytes: number): boolean {
    if (this.#done) return false;
    const { plane } = this;
    if (!mayBuffer(plane.load, bytes, plane.limits)) {
      this.#refuse('overloaded');
      return false;
    }
    plane.load.bufferedBytes += bytes;
    this.#bodyBytes += bytes;
    return true;
  }

  onBodyTooLarge(): void {
    if (!this.#done) this.#refuse('bodyTooLarge', { bodyBytesMax: String(this.plane.limits.bodyBytesMax) });
  }

  onBody(body: Buffer): void {
    if (this.#done) return;
    const addressed = addressedModel(body);
    if ('problem' in addressed) return this.#refuse(addressed.problem, { modelLengthMax: String(MODEL_LENGTH_MAX) });
    const hostIsKnown = this.head.host !== null && this.plane.table.byHost.has(this.head.host);
    if (addressed.model === null && !hostIsKnown) return this.#refuse('missingModel', { modelLengthMax: String(MODEL_LENGTH_MAX) });
    this.#body = body;
    this.#model = addressed.model;
    this.#serve();
  }

  /** By the table as it is now, whatever it was before: nothing is kept from an earlier try but who failed it. */
  #serve(): void {
    const { plane } = this;
    const caller = callerOf(plane.table, this.head.tokenHash, Date.now());
    const route = findRoute(plane.table, this.head.host, this.#model);
    if (route === null || !mayUse(caller, route)) {
      if (caller.type === 'expired') return this.#refuse('expiredApiKey');
      if (caller.type === 'anonymous') return this.#refuse('invalidApiKey');
      return this.#refuse('modelNotFound', { model: this.#model ?? this.head.host ?? '' });
    }
    const nowMs = performance.now();
    this.#route = route;
    if (this.#traffic === null) {
      this.#traffic = plane.trafficOf(route.deploymentId);
      this.#traffic.begin(nowMs);
    }
    const live = this.#choose(route, nowMs);
    if (live === null) return this.#wait(route, nowMs);
    live.inFlight += 1;
    this.#metrics = plane.metrics.of(live.revisionId);
    this.#metrics.inFlight += 1;
    this.#live = live;
    this.#revisionId = live.revisionId;
    this.#attempts += 1;
    const headers = ['authorization', live.authorization, 'x-request-id', this.requestId, ...this.head.passed];
    this.exchange.forward(live.upstream, headers, this.#body);
  }

  #choose(route: Route, nowMs: number): LiveReplica | null {
    const { live } = this.plane;
    let replica = chooseReplica(route, live.asSeenBy(this.#tried, nowMs), Math.random());
    if (replica === null && this.#mayRepeatAtOnce) {
      // The last one left closed a connection on us, as engines do with idle ones: a new connection may well do.
      this.#mayRepeatAtOnce = false;
      this.#tried = [];
      replica = chooseReplica(route, live.asSeenBy(this.#tried, nowMs), Math.random());
    }
    return replica === null ? null : live.of(replica);
  }

  /** Until the deployment's route changes, or a replica that failed is worth another look; at most `waitForReplicaMs` in all. */
  #wait(route: Route, nowMs: number): void {
    const { limits, waitingRoom } = this.plane;
    if (this.#waitUntilMs === 0) this.#waitUntilMs = nowMs + limits.waitForReplicaMs;
    const leftMs = this.#waitUntilMs - nowMs;
    if (leftMs <= 0) return this.#refuse('modelUnavailable');
    const waiter: Waiter = { deploymentId: route.deploymentId, wake: () => this.#wake() };
    const someMayRecover = this.#tried.length > 0 && route.revisions.some((revision) => revision.replicas.length > 0);
    if (!waitingRoom.enter(waiter, someMayRecover ? Math.min(leftMs, limits.avoidReplicaMs) : leftMs)) return this.#refuse('modelUnavailable');
    this.#waiter = waiter;
  }

  #wake(): void {
    this.#waiter = null;
    this.#tried = [];
    this.#serve();
  }

  onUpstreamHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): FlatHeaders | null {
    if (status === 503 && headers['x-slipway-draining'] === '1') {
      this.#dropped = 'draining';
      return null;
    }
    // It did not take our key for it: nothing a client could mend, nor should hear as being about its own.
    if (status === 401 || status === 407) {
      this.#dropped = 'unfit';
      return null;
    }
    this.#status = status;
    return answerHeaders(headers, this.#ownHeaders());
  }

  onFirstByte(): void {
    this.#firstByteMs = performance.now();
  }

  onUpstreamEnd(outcome: ForwardOutcome): void {
    const live = this.#live;
    if (live === null || this.#done) return;
    const nowMs = performance.now();
    this.#leaveReplica(live, nowMs, outcome.type !== 'completed' || this.#status >= 500);
    switch (outcome.type) {
      case 'completed':
        return this.#finish(this.#status, nowMs);
      case 'cut':
        this.#metrics.cuts += 1;
        return this.#finish(this.#status, nowMs);
      case 'dropped':
        if (this.#dropped === 'unfit') return this.#refuse('badUpstreamAnswer');
        live.avoidedUntilMs = nowMs + this.plane.limits.avoidReplicaMs;
        return this.#tryAgain(live, nowMs);
      case 'failed':
        return this.#failed(outcome.failure, live, nowMs);
    }
  }

  #failed(failure: UpstreamFailure, live: LiveReplica, nowMs: number): void {
    switch (failure) {
      case 'connect':
        live.avoidedUntilMs = nowMs + this.plane.limits.avoidReplicaMs;
        return this.#tryAgain(live, nowMs);
      case 'closed':
        // Sent, perhaps begun, but nothing was answered: inference may be repeated.
        this.#mayRepeatAtOnce = true;
        return this.#tryAgain(live, nowMs);
      case 'timeout':
        return this.#refuse('upstreamTimeout');
      case 'stalled':
      case 'protocol':
        return this.#refuse('badUpstreamAnswer');
    }
  }

  #tryAgain(live: LiveReplica, nowMs: number): void {
    this.#dropped = null;
    if (this.#attempts >= this.plane.limits.attemptsMax || this.#traffic?.takeRetry(nowMs) !== true) return this.#refuse('modelUnavailable');
    this.#metrics.retries += 1;
    this.#tried.push(live.replicaId);
    this.#serve();
  }

  onClientGone(): void {
    if (this.#done) return;
    const nowMs = performance.now();
    if (this.#waiter !== null) this.plane.waitingRoom.leave(this.#waiter);
    if (this.#live !== null) this.#leaveReplica(this.#live, nowMs, false);
    this.#finish(0, nowMs);
  }

  #leaveReplica(live: LiveReplica, nowMs: number, isError: boolean): void {
    this.#live = null;
    const { tally } = live;
    this.#metrics.inFlight -= 1;
    tally.requests += 1;
    if (isError) tally.errors += 1;
    tally.latencySumMs += nowMs - this.#arrivedMs;
    if (this.#firstByteMs > 0) {
      tally.firstBytes += 1;
      tally.timeToFirstByteSumMs += this.#firstByteMs - this.#arrivedMs;
      this.#metrics.timeToFirstByte.observeMs(this.#firstByteMs - this.#arrivedMs);
    }
    this.plane.live.end(live);
  }

  #refuse(name: OpenAiErrorName, fill: Readonly<Record<string, string>> = {}): void {
    const { status, body } = openAiError(name, fill);
    const headers = this.#ownHeaders();
    headers.push('content-type', 'application/json');
    if (status === 401) headers.push('www-authenticate', 'Bearer');
    if (status === 503) headers.push('retry-after', String(RETRY_AFTER_SECONDS));
    this.#finish(status, performance.now());
    this.exchange.answer(status, headers, body);
  }

  /** On every answer; route and revision as far as the request got. */
  #ownHeaders(): FlatHeaders {
    const headers = ['x-request-id', this.requestId];
    if (this.#route !== null) headers.push('x-route-version', String(this.#route.version));
    if (this.#revisionId !== null) headers.push('x-revision-id', this.#revisionId);
    return headers;
  }

  #finish(status: number, nowMs: number): void {
    this.#done = true;
    const { plane } = this;
    this.#metrics.countRequest(status, nowMs - this.#arrivedMs);
    if (this.#traffic !== null) this.#traffic.inFlight -= 1;
    if (this.#admitted) plane.dismiss(this.#bodyBytes);
  }
}
