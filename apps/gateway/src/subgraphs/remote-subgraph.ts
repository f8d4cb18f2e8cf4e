import { INTERNAL_TOKEN_HEADER, type Logger } from '@slipway/service';
import type { ExecutionResult } from 'graphql';
import { Agent as HttpAgent, type Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { sdlIn, SDL_QUERY, type SdlAnswers } from './sdl-answer.js';
import { EndpointSet, type EndpointInTurn } from './endpoint-set.js';
import { resultsOf } from './event-stream.js';
import { executionResultOf } from './execution-result.js';
import { defaultSubgraphLimits, type SubgraphLimits } from './subgraph-limits.js';
import { AttemptFailed, openStreamOnce, postOnce, type Answer, type AttemptOptions } from './subgraph-request.js';

export type RemoteSubgraphOptions = {
  readonly name: string;
  /** One per instance; one in front of many is fine too. */
  readonly urls: readonly string[];
  /** What services show each other. */
  readonly internalToken: string;
  readonly limits?: Partial<SubgraphLimits>;
  readonly logger: Logger;
};

export type RemoteOperation = {
  readonly kind: 'query' | 'mutation';
  readonly query: string;
  readonly variables: unknown;
  /** Who asks. The same for every attempt, so a mutation keeps its command id and happens once. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
};

/** No instance of a service gave an answer. The reasons name addresses: for the log only. */
export class SubgraphUnreachable extends Error {
  constructor(name: string, readonly reasons: readonly string[]) {
    super(`service ${name} does not answer: ${reasons.join('; ')}`);
    this.name = 'SubgraphUnreachable';
  }
}

/** What a gateway between us and an instance answers when the instance is away; and no answer of ours is 401. */
const STATUSES_OF_NO_ANSWER: ReadonlyMap<number, string> = new Map([
  [401, 'it refuses the internal token (is its master key another one?)'],
  [502, 'status 502'],
  [503, 'status 503'],
  [504, 'status 504'],
]);

type Agents = { readonly kept: Agent; readonly fresh: Agent };

/**
 * A service of other processes, any number of instances. Each request goes to the next healthy instance; one that is
 * gone, or leaves before it has answered, is no reason to fail while there is another.
 */
export class RemoteSubgraph {
  readonly name: string;
  readonly internalToken: string;
  readonly #endpoints: EndpointSet;
  readonly #limits: SubgraphLimits;
  readonly #agents: Readonly<Record<string, Agents>>;

  /** @throws Error when a URL is not one. */
  constructor(private readonly options: RemoteSubgraphOptions) {
    this.name = options.name;
    this.internalToken = options.internalToken;
    this.#limits = { ...defaultSubgraphLimits, ...options.limits };
    this.#endpoints = new EndpointSet(options.urls, this.#limits.endpointCoolDownMs);
    const kept = { keepAlive: true, maxSockets: this.#limits.connectionsPerEndpointMax };
    this.#agents = {
      'http:': { kept: new HttpAgent(kept), fresh: new HttpAgent() },
      'https:': { kept: new HttpsAgent(kept), fresh: new HttpsAgent() },
    };
  }

  /** @throws SubgraphUnreachable, or whatever the signal was aborted with. */
  async ask(operation: RemoteOperation): Promise<ExecutionResult> {
    const body = JSON.stringify({ query: operation.query, variables: operation.variables });
    return this.#fromAny(operation, async (endpoint, agent, timeoutMs) =>
      resultIn(await postOnce(endpoint.url, this.#attempt(operation, body, 'application/json', agent, timeoutMs))),
    );
  }

  /**
   * Opens a subscription at any instance. When that one leaves, `broken` makes the last result: another instance could
   * take over, but not know what was missed meanwhile.
   * @throws SubgraphUnreachable, or whatever the signal was aborted with.
   */
  async subscribe(operation: Omit<RemoteOperation, 'kind'>, broken: (reason: string) => ExecutionResult): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
    const body = JSON.stringify({ query: operation.query, variables: operation.variables });
    return this.#fromAny({ ...operation, kind: 'query' }, async (endpoint, _agent, timeoutMs) => {
      const { fresh } = this.#agentsFor(endpoint);
      const opened = await openStreamOnce(endpoint.url, this.#attempt(operation, body, 'text/event-stream', fresh, timeoutMs));
      if ('text' in opened) return resultIn(opened);
      const { silenceMaxMs, answerBytesMax } = this.#limits;
      return resultsOf(opened, { silenceMaxMs, eventCharsMax: answerBytesMax, broken });
    });
  }

  /** Asks every instance, which also finds those that came back and those that hang. */
  async askSdl(): Promise<SdlAnswers> {
    const failures: string[] = [];
    const body = JSON.stringify({ query: SDL_QUERY });
    const headers = { [INTERNAL_TOKEN_HEADER]: this.internalToken };
    const asked = this.#endpoints.inTurn().map(async (endpoint) => {
      const { fresh } = this.#agentsFor(endpoint);
      try {
        const attempt = this.#attempt({ headers }, body, 'application/json', fresh, this.#limits.sdlTimeoutMs);
        const sdl = sdlIn(resultIn(await postOnce(endpoint.url, attempt)));
        if (sdl === null) throw new AttemptFailed('it does not tell its schema', 'broken', false);
        this.#answered(endpoint);
        return [sdl];
      } catch (error) {
        this.#failed(endpoint, error);
        failures.push(reasonAt(endpoint, error));
        return [];
      }
    });
    return { sdls: (await Promise.all(asked)).flat(), failures };
  }

  close(): void {
    for (const { kept, fresh } of Object.values(this.#agents)) {
      kept.destroy();
      fresh.destroy();
    }
  }

  async #fromAny<T>(
    { kind, signal }: Pick<RemoteOperation, 'kind' | 'signal'>,
    attempt: (endpoint: EndpointInTurn, agent: Agent, timeoutMs: number) => Promise<T>,
  ): Promise<T> {
    const reasons: string[] = [];
    const startedMs = performance.now();
    const limits = this.#limits;
    const totalMs = kind === 'query' ? limits.queryTimeoutMs : limits.mutationTimeoutMs;
    for (const endpoint of this.#askable()) {
      const leftMs = totalMs - (performance.now() - startedMs);
      if (leftMs <= 0) break;
      const attemptMs = kind === 'mutation' ? leftMs : endpoint.failedLately ? limits.probationTimeoutMs : limits.queryAttemptTimeoutMs;
      try {
        const answer = await this.#freshIfStale(endpoint, (agent) => attempt(endpoint, agent, Math.min(attemptMs, leftMs)));
        this.#answered(endpoint);
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        reasons.push(reasonAt(endpoint, error));
        const late = error instanceof AttemptFailed && error.kind === 'late';
        // A late one may only have much to do; whether it hangs is found out when it is asked for its schema.
        if (!late) this.#failed(endpoint, error);
        if (late && (kind === 'mutation' || this.#endpoints.size === 1)) break;
      }
    }
    throw new SubgraphUnreachable(this.name, reasons);
  }

  /** A single address may stand for many instances, the next of which is there: it is asked twice. */
  #askable(): EndpointInTurn[] {
    const inTurn = this.#endpoints.inTurn();
    return inTurn.length === 1 ? [...inTurn, ...inTurn] : inTurn;
  }

  /** A kept-alive connection that the instance closed meanwhile says nothing about the instance: it is asked once more. */
  async #freshIfStale<T>(endpoint: EndpointInTurn, attempt: (agent: Agent) => Promise<T>): Promise<T> {
    const { kept, fresh } = this.#agentsFor(endpoint);
    try {
      return await attempt(kept);
    } catch (error) {
      if (!(error instanceof AttemptFailed) || !error.staleConnection) throw error;
      return attempt(fresh);
    }
  }

  #attempt({ headers, signal }: Pick<RemoteOperation, 'headers' | 'signal'>, body: string, accept: AttemptOptions['accept'], agent: Agent, answerTimeoutMs: number): AttemptOptions {
    const { connectTimeoutMs, answerBytesMax } = this.#limits;
    return { headers, body, accept, agent, answerTimeoutMs, connectTimeoutMs, answerBytesMax, signal };
  }

  #agentsFor({ url }: EndpointInTurn): Agents {
    const agents = this.#agents[url.protocol];
    if (agents === undefined) throw new Error(`no agent for ${url.protocol}`);
    return agents;
  }

  #answered(endpoint: EndpointInTurn): void {
    if (!this.#endpoints.answered(endpoint.url)) return;
    this.options.logger.info({ event: 'endpoint.returned', subgraph: this.name, url: endpoint.url.href }, 'endpoint answers again');
  }

  #failed(endpoint: EndpointInTurn, error: unknown): void {
    if (!this.#endpoints.failed(endpoint.url)) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.options.logger.warn({ event: 'endpoint.failed', subgraph: this.name, url: endpoint.url.href, reason }, 'endpoint does not answer');
  }
}

function resultIn({ status, text }: Answer): ExecutionResult {
  const noAnswer = STATUSES_OF_NO_ANSWER.get(status);
  if (noAnswer !== undefined) throw new AttemptFailed(noAnswer, 'broken', false);
  const result = executionResultOf(text);
  if (result === null) throw new AttemptFailed(`status ${status} without a GraphQL result`, 'broken', false);
  return result;
}

function reasonAt({ url }: EndpointInTurn, error: unknown): string {
  return `${url.host}: ${error instanceof Error ? error.message : String(error)}`;
}
