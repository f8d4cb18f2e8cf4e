import { callerOf, mayAdmit, mayBuffer, type Route } from '@slipway/domain';
import { addressedModel, MODEL_LENGTH_MAX } from './addressed-model.js';
import { isRefusalOfOurKey, readingOf } from './answer-type.js';
import { endingAsLeft, endingOf, type AttemptState } from './attempt-ending.js';
import type { DataPlane } from './data-plane.js';
import type { Exchange, ExchangeListener, FlatHeaders, ForwardOutcome, UpstreamFailure } from './forward-engine.js';
import type { LiveReplica } from './live-replicas.js';
import type { InferenceName } from './openai-routes.js';
import { openAiError, type OpenAiErrorName } from '@slipway/contracts';
import { answerHeaders } from './passed-headers.js';
import { RequestAccounts } from './request-accounts.js';
import type { ReadHead } from './request-head.js';
import { RequestRouting } from './request-routing.js';
import type { RequestTrace } from './request-traces.js';
import type { Waiter } from './waiting-room.js';

/** What a refusal tells a client about when to come again. */
const RETRY_AFTER_SECONDS = 2;

const EMPTY_BODY: Buffer = Buffer.alloc(0);

/** One request to a model on its way: authenticate → admission → body → routing table → choose replica → forward, again if need be. */
export class ProxiedRequest implements ExchangeListener {
  readonly #accounts: RequestAccounts;
  #done = false;
  #body = EMPTY_BODY;
  #routing: RequestRouting | null = null;
  #revisionId: string | null = null;
  /** The replica that has the request now. */
  #live: LiveReplica | null = null;
  #attempts = 0;
  #waiter: Waiter | null = null;
  #waitUntilMs = 0;
  #status = 0;
  /** Why an answer was not passed on. */
  #dropped: 'draining' | 'unfit' | null = null;
  #trace: RequestTrace | null = null;

  constructor(
    private readonly plane: DataPlane,
    private readonly exchange: Exchange,
    private readonly head: ReadHead,
    private readonly operation: InferenceName,
    private readonly requestId: string,
  ) {
    this.#accounts = new RequestAccounts(plane, operation);
    exchange.attach(this);
  }

  /** Authentication and admission come before anything of the body is read. */
  begin(): void {
    const { plane } = this;
    if (!plane.hasTable) return this.#refuse('starting');
    const caller = callerOf(plane.table, this.head.tokenHash, Date.now());
    if (caller.type === 'expired') return this.#refuse('expiredApiKey');
    if (caller.type === 'anonymous' && !plane.table.someRouteIsOpen) return this.#refuse('invalidApiKey');
    if (!mayAdmit(plane.load, plane.limits)) return this.#refuse('overloaded');
    this.#accounts.admit();
    if (plane.traces !== null) this.#trace = plane.traces.begin(this.exchange, this.operation, this.requestId);
    this.exchange.receiveBody();
  }

  onBodyBytes(bytes: number): boolean {
    if (this.#done) return false;
    if (!mayBuffer(this.plane.load, bytes, this.plane.limits)) {
      this.#refuse('overloaded');
      return false;
    }
    this.#accounts.buffer(bytes);
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
    this.#routing = new RequestRouting(this.head, addressed.model, addressed.user);
    this.#serve(this.#routing);
  }

  /** By the table as it is now, whatever it was before: nothing is kept from an earlier try but who failed it. */
  #serve(routing: RequestRouting): void {
    const { table } = this.plane;
    const refusal = routing.resolve(table, callerOf(table, this.head.tokenHash, Date.now()));
    const { route } = routing;
    if (refusal !== null || route === null) return this.#refuse(refusal ?? 'modelNotFound', routing.fill);
    const nowMs = performance.now();
    this.#trace?.routed(route);
    this.#accounts.belongTo(route.deploymentId, nowMs);
    const live = routing.choose(route, this.plane.live, nowMs);
    if (live === null) return this.#wait(routing, route, nowMs);
    const isPinned = routing.pinnedRevisionId !== null;
    this.#accounts.give(live, isPinned);
    if (isPinned && this.#attempts === 0) this.#body = routing.bodyForEngine(this.#body);
    this.#live = live;
    this.#revisionId = live.revisionId;
    this.#attempts += 1;
    const headers = ['authorization', live.authorization, 'x-request-id', this.requestId, ...this.head.passed];
    const sent = this.#trace === null ? headers : this.#trace.given(live, this.#attempts, headers);
    this.exchange.forward(live.upstream, sent, this.#body);
    if (route.mirror !== null && this.#attempts === 1) this.plane.mirrors.offer(routing, live.revisionId, { exchange: this.exchange, head: this.head, requestId: this.requestId, body: this.#body });
  }

  /** Until the deployment's route changes, or a replica that failed is worth another look; at most `waitForReplicaMs` in all. */
  #wait(routing: RequestRouting, route: Route, nowMs: number): void {
    const { limits, waitingRoom } = this.plane;
    if (this.#waitUntilMs === 0) this.#waitUntilMs = nowMs + limits.waitForReplicaMs;
    const leftMs = this.#waitUntilMs - nowMs;
    if (leftMs <= 0) return this.#refuse(routing.unavailable, routing.fill);
    const waiter: Waiter = { deploymentId: route.deploymentId, wake: () => this.#wake(routing) };
    const someMayRecover = routing.wasTried && route.revisions.some((revision) => revision.replicas.length > 0);
    const forMs = someMayRecover ? Math.min(leftMs, limits.avoidReplicaMs) : leftMs;
    if (!waitingRoom.enter(waiter, forMs)) return this.#refuse(routing.unavailable, routing.fill);
    this.#waiter = waiter;
  }

  #wake(routing: RequestRouting): void {
    this.#waiter = null;
    routing.forgetTried();
    this.#serve(routing);
  }

  onUpstreamHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): FlatHeaders | null {
    if (status === 503 && headers['x-slipway-draining'] === '1') {
      this.#dropped = 'draining';
      return null;
    }
    if (isRefusalOfOurKey(status)) {
      this.#dropped = 'unfit';
      return null;
    }
    this.#status = status;
    this.#accounts.read(readingOf(status, headers));
    return answerHeaders(headers, this.#ownHeaders());
  }

  onFirstByte(): void {
    this.#accounts.noteFirstByte();
  }

  onAnswerBytes(chunk: Buffer): void {
    this.#accounts.noteAnswerBytes(chunk);
  }

  onUpstreamEnd(outcome: ForwardOutcome): void {
    const live = this.#live;
    if (live === null || this.#done) return;
    const nowMs = performance.now();
    this.#live = null;
    this.#accounts.takeBack(live, nowMs, endingOf(outcome, this.#attempt()), outcome.type !== 'completed' || this.#status >= 500);
    this.#trace?.takenBack(this.#status, outcome.type === 'completed' ? null : (this.#dropped ?? ('failure' in outcome ? outcome.failure : outcome.type)));
    switch (outcome.type) {
      case 'completed':
        return this.#finish(this.#status, nowMs);
      case 'cut':
        this.plane.log('answer-cut', { requestId: this.requestId, replicaId: live.replicaId, failure: outcome.failure, detail: outcome.detail });
        this.#accounts.noteCut();
        return this.#finish(this.#status, nowMs);
      case 'dropped':
        if (this.#dropped === 'unfit') return this.#refuse('badUpstreamAnswer');
        return this.#tryAgain(live, nowMs, 'it is draining');
      case 'failed':
        return this.#failed(outcome.failure, outcome.detail, live, nowMs);
    }
  }

  #failed(failure: UpstreamFailure, detail: string, live: LiveReplica, nowMs: number): void {
    switch (failure) {
      case 'connect':
        return this.#tryAgain(live, nowMs, detail);
      case 'closed':
        // Sent, perhaps begun, but nothing was answered: inference may be repeated.
        this.#routing?.allowRepetition();
        return this.#tryAgain(live, nowMs, null);
      case 'timeout':
        return this.#refuse('upstreamTimeout');
      case 'stalled':
      case 'protocol':
        this.plane.log('bad-upstream-answer', { requestId: this.requestId, replicaId: live.replicaId, detail });
        return this.#refuse('badUpstreamAnswer');
    }
  }

  /** `avoidBecause`: others had better not try this replica for a while. */
  #tryAgain(live: LiveReplica, nowMs: number, avoidBecause: string | null): void {
    const { limits } = this.plane;
    this.#dropped = null;
    if (avoidBecause !== null) {
      if (live.avoidedUntilMs <= nowMs) this.plane.log('replica-avoided', { replicaId: live.replicaId, detail: avoidBecause, forMs: limits.avoidReplicaMs });
      live.avoidedUntilMs = nowMs + limits.avoidReplicaMs;
    }
    const routing = this.#routing;
    if (routing === null) return; // it was given to a replica, so it has one
    if (this.#attempts >= limits.attemptsMax || !this.#accounts.takeRetry(nowMs)) return this.#refuse(routing.unavailable, routing.fill);
    routing.noteTried(live.replicaId);
    this.#serve(routing);
  }

  onClientGone(): void {
    if (this.#done) return;
    const nowMs = performance.now();
    if (this.#waiter !== null) this.plane.waitingRoom.leave(this.#waiter);
    if (this.#live !== null) this.#accounts.takeBack(this.#live, nowMs, endingAsLeft(this.#attempt()), false);
    this.#live = null;
    this.#finish(0, nowMs);
  }

  #attempt(): AttemptState {
    return { status: this.#status, firstByteHasCome: this.#accounts.firstByteHasCome, isDraining: this.#dropped === 'draining' };
  }

  #refuse(name: OpenAiErrorName, fill: Readonly<Record<string, string>> = {}): void {
    const { status, body } = openAiError(name, fill);
    const headers = this.#ownHeaders();
    headers.push('content-type', 'application/json');
    if (status === 401) headers.push('www-authenticate', 'Bearer');
    if (status === 503) headers.push('retry-after', String(RETRY_AFTER_SECONDS));
    this.#finish(status, performance.now(), name);
    this.exchange.answer(status, headers, body);
  }

  /** On every answer; route and revision as far as the request got. */
  #ownHeaders(): FlatHeaders {
    const headers = ['x-request-id', this.requestId];
    const route = this.#routing?.route ?? null;
    if (route !== null) headers.push('x-route-version', String(route.version));
    if (this.#revisionId !== null) headers.push('x-revision-id', this.#revisionId);
    return headers;
  }

  #finish(status: number, nowMs: number, refusal: OpenAiErrorName | null = null): void {
    this.#done = true;
    this.#trace?.end(status, refusal);
    this.#accounts.close(status, nowMs);
  }
}
