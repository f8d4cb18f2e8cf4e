import { createClient, NetworkError, type Client } from 'graphql-sse';
import { CliError } from '../exit-codes.js';
import { graphFailure, isPassing, notReachable, rootProblem, type GraphError } from './graph-failure.js';
import type { Operation } from './operation.js';

/** How long one request may take, in milliseconds; the gateway itself gives up after a minute. */
export const REQUEST_TIMEOUT_MS = 65_000;
/** How often a request is sent before its passing failure is told. */
export const ATTEMPTS_MAX = 4;
/** Before the second attempt, in milliseconds; doubled before each further one. */
export const RETRY_DELAY_MS = 250;

export type GraphClientOptions = {
  /** Of the graph itself, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string;
  readonly token: string;
  /** Under which every change of this run is recorded once, however often it is sent. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  /** Resolves after so many milliseconds; rejects when the run is interrupted. */
  sleep(durationMs: number): Promise<void>;
};

type Sent = { readonly data?: unknown; readonly errors?: readonly GraphError[] };

/** Talks to the public graph like any other client. Failures are CliErrors. */
export class GraphClient {
  #changes = 0;
  readonly #streams: Client;

  constructor(private readonly options: GraphClientOptions) {
    const { url, token } = options;
    // Whoever follows asks again by itself, from where it was; a quiet retry would hide that something was missed.
    this.#streams = createClient({ url, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
  }

  get url(): string {
    return this.options.url;
  }

  /** A query. */
  ask<Answer, Variables extends object>(operation: Operation<Answer, Variables>, variables: Variables): Promise<Answer> {
    return this.#persistently(operation, variables, {});
  }

  /** A mutation; sent again after a passing failure, it is still made once. */
  change<Answer, Variables extends object>(operation: Operation<Answer, Variables>, variables: Variables): Promise<Answer> {
    this.#changes += 1;
    const { idempotencyKey } = this.options;
    const key = this.#changes === 1 ? idempotencyKey : `${idempotencyKey}.${this.#changes}`;
    return this.#persistently(operation, variables, { 'idempotency-key': key });
  }

  /** A subscription: what is pushed from now on, until `signal` is aborted or the gateway ends it. */
  async *watch<Answer, Variables extends object>(operation: Operation<Answer, Variables>, variables: Variables, signal: AbortSignal): AsyncGenerator<Answer, void> {
    const results = this.#streams.iterate<Answer>({ query: operation.document, variables: { ...variables } as Record<string, unknown> });
    const leave = (): void => void results.return?.();
    signal.addEventListener('abort', leave, { once: true });
    try {
      if (signal.aborted) return;
      for await (const { data, errors } of results) {
        if (errors !== undefined && errors.length > 0) throw graphFailure(errors as readonly GraphError[]);
        if (data != null) yield data;
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof CliError ? error : await streamFailure(this.url, error);
    } finally {
      signal.removeEventListener('abort', leave);
      leave();
    }
  }

  async #persistently<Answer, Variables extends object>(operation: Operation<Answer, Variables>, variables: Variables, headers: Record<string, string>): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#once(operation.document, variables, headers);
      if (!(outcome instanceof CliError)) return outcome as Answer;
      if (attempt === ATTEMPTS_MAX || !(isPassing(outcome.code) || outcome.code === 'NOT_REACHABLE')) throw outcome;
      await this.options.sleep(RETRY_DELAY_MS * 2 ** (attempt - 1));
    }
  }

  async #once(query: string, variables: object, headers: Record<string, string>): Promise<unknown> {
    const { url, token, signal } = this.options;
    const all = { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}`, ...headers };
    let response: Response;
    let body: string;
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
      response = await fetch(url, { method: 'POST', headers: all, body: JSON.stringify({ query, variables }), signal: limited });
      body = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      return notReachable(url, rootProblem(error));
    }
    const sent = parseAnswer(body);
    if (sent?.errors !== undefined && sent.errors.length > 0) return graphFailure(sent.errors);
    if (sent?.data != null) return sent.data;
    return notReachable(url, `what answers there (status ${response.status}) is no Slipway gateway`);
  }
}

function parseAnswer(body: string): Sent | null {
  try {
    const parsed = JSON.parse(body) as Sent | null;
    return typeof parsed === 'object' ? parsed : null;
  } catch {
    return null;
  }
}

/** The gateway refuses a subscription as it refuses anything: with an answer in JSON, which the client takes for no stream. */
async function streamFailure(url: string, error: unknown): Promise<CliError> {
  if (error instanceof NetworkError && error.response instanceof Response && !error.response.bodyUsed) {
    const refused = parseAnswer(await error.response.text());
    if (refused?.errors !== undefined && refused.errors.length > 0) return graphFailure(refused.errors);
  }
  return notReachable(url, rootProblem(error));
}
