import { chooseReplica, chooseReplicaOf, findRoute, fullName, mayPin, mayUse, pinnedModel } from '@slipway/domain';
import type { Caller, PinnedModel, RoutableReplica, Route, RoutingTable } from '@slipway/domain';
import type { OpenAiErrorName } from '@slipway/contracts';
import type { LiveReplica, LiveReplicas } from './live-replicas.js';
import type { ReadHead } from './request-head.js';
import { renamedBody } from './renamed-body.js';
import { routingBucket, splitsByBucket } from './routing-key.js';

/** Where one request is to go, as far as it says so itself and the table in use allows. */
export class RequestRouting {
  /** Where the table leads; null before `resolve`. */
  route: Route | null = null;
  /** The only revision that may serve; null: any. */
  pinnedRevisionId: string | null = null;
  /** Of its routing key; null without one, and where it would make no difference. */
  bucket: number | null = null;
  /** `name@revision` taken apart; null: the model is not of this form. */
  readonly #pinned: PinnedModel | null;
  /** By number or id, as the client said it; the header before the model's name. */
  #pin: string | null = null;
  #tried: string[] = [];
  #mayRepeatAtOnce = false;

  constructor(
    private readonly head: ReadHead,
    private readonly model: string | null,
    private readonly user: string | null,
  ) {
    this.#pinned = model === null ? null : pinnedModel(model);
  }

  /** By the table as it is now. Null: it may go there; else why not. */
  resolve(table: RoutingTable, caller: Caller): OpenAiErrorName | null {
    const { head } = this;
    const route = findRoute(table, head.host, this.#pinned?.model ?? this.model);
    if (route === null || !mayUse(caller, route)) {
      if (caller.type === 'expired') return 'expiredApiKey';
      return caller.type === 'anonymous' ? 'invalidApiKey' : 'modelNotFound';
    }
    this.#pin = head.pin ?? this.#pinOfModel(route);
    if (this.#pin !== null) {
      if (!mayPin(caller, route)) return 'revisionPinNotAllowed';
      this.pinnedRevisionId = route.revisionIds.get(this.#pin) ?? null;
      if (this.pinnedRevisionId === null) return 'revisionNotFound';
    } else if (splitsByBucket(route)) {
      if (this.bucket === null || this.route?.deploymentId !== route.deploymentId) this.bucket = routingBucket(route, head.sessionId, this.user, caller);
    }
    this.route = route;
    return null;
  }

  /** Who serves it. Null: nobody can be tried now. */
  choose(route: Route, live: LiveReplicas, nowMs: number): LiveReplica | null {
    let replica = this.#chooseUntried(route, live, nowMs);
    if (replica === null && this.#mayRepeatAtOnce) {
      // The last one left closed a connection on us, as engines do with idle ones: a new connection may well do.
      this.#mayRepeatAtOnce = false;
      this.#tried = [];
      replica = this.#chooseUntried(route, live, nowMs);
    }
    return replica === null ? null : live.of(replica);
  }

  get wasTried(): boolean {
    return this.#tried.length > 0;
  }

  noteTried(replicaId: string): void {
    this.#tried.push(replicaId);
  }

  forgetTried(): void {
    this.#tried = [];
  }

  /** When nobody else is left, those that failed may be tried once more without waiting. */
  allowRepetition(): void {
    this.#mayRepeatAtOnce = true;
  }

  /** The body as the engine is to have it: without the pin in the model's name. */
  bodyForEngine(body: Buffer): Buffer {
    return this.#pinned !== null && this.route !== null && isNamed(this.route, this.#pinned.model) ? renamedBody(body, this.#pinned.model) : body;
  }

  /** How it is told that nobody can serve it. */
  get unavailable(): OpenAiErrorName {
    return this.pinnedRevisionId === null ? 'modelUnavailable' : 'revisionNotReady';
  }

  /** For the blanks of a refusal. */
  get fill(): Readonly<Record<string, string>> {
    return { model: this.model ?? this.head.host ?? '', revision: this.#pin ?? '' };
  }

  #chooseUntried(route: Route, live: LiveReplicas, nowMs: number): RoutableReplica | null {
    const load = live.asSeenBy(this.#tried, nowMs);
    if (this.pinnedRevisionId !== null) return chooseReplicaOf(route, this.pinnedRevisionId, load, Math.random());
    return chooseReplica(route, load, Math.random(), this.bucket);
  }

  /** Addressed by its host a deployment takes any model: an @ in one that is not its name is none of ours. */
  #pinOfModel(route: Route): string | null {
    return this.#pinned !== null && isNamed(route, this.#pinned.model) ? this.#pinned.pin : null;
  }
}

const isNamed = (route: Route, model: string): boolean => route.name === model || fullName(route) === model;
