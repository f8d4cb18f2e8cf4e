import { bucketsOf, chooseReplicaOf, type Route, type RouteMirror } from '@slipway/domain';
import type { AnswerReading } from './answer-reading.js';
import { isRefusalOfOurKey, readingOf } from './answer-type.js';
import { endingOf, type AttemptEnding } from './attempt-ending.js';
import type { DataPlane } from './data-plane.js';
import type { AnswerListener, Exchange, FlatHeaders, ForwardOutcome } from './forward-engine.js';
import type { LiveReplica } from './live-replicas.js';
import type { ReadHead } from './request-head.js';
import type { RequestRouting } from './request-routing.js';
import type { TrafficRow } from './traffic-ledger.js';

/** A request that is being served, as far as a copy of it needs. */
export type CopiedRequest = {
  readonly exchange: Pick<Exchange, 'method' | 'target'>;
  readonly head: Pick<ReadHead, 'passed'>;
  readonly requestId: string;
  readonly body: Buffer;
};

/**
 * Copies of requests, sent to a revision whose answers nobody sees. A copy is tried once, never waits, and is left out
 * before it would cost a client anything. Its replica counts it as in flight, so that a drain waits for it.
 */
export class Mirrors {
  readonly #copies = new Set<MirroredRequest>();
  /** Copies that were due and not made. */
  dropped = 0;

  constructor(private readonly plane: DataPlane) {}

  get inFlight(): number {
    return this.#copies.size;
  }

  /** Sends a copy if one is due: by the bucket of a request that has one, else by chance. What a client chose a revision for is nobody else's business. */
  offer({ route, bucket, pinnedRevisionId }: RequestRouting, servedBy: string, request: CopiedRequest): void {
    const mirror = route?.mirror ?? null;
    if (route === null || mirror === null || mirror.revisionId === servedBy || pinnedRevisionId !== null) return;
    const isDue = bucket === null ? Math.random() * 100 < mirror.percent : bucket < bucketsOf(mirror.percent);
    if (isDue) this.#send(route, mirror, request);
  }

  #send(route: Route, { revisionId }: RouteMirror, request: CopiedRequest): void {
    const { plane } = this;
    const { limits, live, load, traffic, metrics } = plane;
    const isPressed = load.inFlight > limits.mirrorWhileInFlightMax || this.#copies.size >= limits.mirrorsInFlightMax;
    const nowMs = performance.now();
    const replica = isPressed || request.body.length > limits.mirrorBodyBytesMax ? null : chooseReplicaOf(route, revisionId, live.asSeenBy([], nowMs), Math.random());
    if (replica === null) {
      this.dropped += 1;
      return;
    }
    const to = live.of(replica);
    to.mirrored ??= traffic.row(to, 'mirrored');
    metrics.of(to.revisionId).mirrored += 1;
    const copy: MirroredRequest = new MirroredRequest(plane, to, to.mirrored, nowMs, () => this.#copies.delete(copy));
    this.#copies.add(copy);
    copy.send(request);
  }

  /** Leaves all that are under way. */
  stop(): void {
    for (const copy of this.#copies) copy.leave();
  }
}

class MirroredRequest implements AnswerListener {
  #leave: (() => void) | null = null;
  #isOver = false;
  #status = 0;
  #isDraining = false;
  #firstByteMs = 0;
  #reading: AnswerReading | null = null;

  constructor(
    private readonly plane: DataPlane,
    private readonly live: LiveReplica,
    private readonly row: TrafficRow,
    private readonly beganMs: number,
    private readonly onOver: () => void,
  ) {}

  send({ exchange: { method, target }, head, requestId, body }: CopiedRequest): void {
    this.live.inFlight += 1;
    this.row.begin();
    const headers = ['authorization', this.live.authorization, 'x-request-id', requestId, 'x-slipway-mirrored', '1', ...head.passed];
    this.#leave = this.live.upstream.sendApart({ method, target, headers, body }, this);
  }

  leave(): void {
    this.#leave?.();
    this.#end('excluded');
  }

  onUpstreamHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): FlatHeaders | null {
    this.#status = status;
    this.#isDraining = status === 503 && headers['x-slipway-draining'] === '1';
    if (this.#isDraining || isRefusalOfOurKey(status)) return null;
    this.#reading = readingOf(status, headers);
    return [];
  }

  onFirstByte(): void {
    this.#firstByteMs = performance.now();
  }

  onAnswerBytes(chunk: Buffer): void {
    this.#reading?.note(chunk);
  }

  onUpstreamEnd(outcome: ForwardOutcome): void {
    this.#end(endingOf(outcome, { status: this.#status, firstByteHasCome: this.#firstByteMs > 0, isDraining: this.#isDraining }));
  }

  #end(ending: AttemptEnding): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.row.end(ending, { beganMs: this.beganMs, firstByteMs: this.#firstByteMs, endedMs: performance.now() }, this.#reading);
    this.onOver();
    this.plane.live.end(this.live);
  }
}
