import type { Route, TrafficReport } from '@slipway/domain';
import type { ForwardEngineFactory } from '../forward-engine.js';
import type { ProxyLimits } from '../limits.js';
import { startProxy, type RunningProxy } from '../proxy.js';
import type { ProxyReport } from '../proxy-reporter.js';
import type { RequestTraces } from '../request-traces.js';
import { ScriptedUpstream, type Script } from './scripted-upstream.js';
import { HOLDER, routeTo, tableOf, TOKEN, type TokenFixture } from './table-fixtures.js';

export type ProxyFixtureOptions = {
  readonly engine: ForwardEngineFactory;
  readonly limits?: Partial<ProxyLimits>;
  readonly routes?: readonly Route[];
  readonly tokens?: readonly TokenFixture[];
  readonly traces?: RequestTraces;
};

export type Question = {
  readonly path?: string;
  readonly method?: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | null;
  readonly signal?: AbortSignal;
};

export const CHAT_QUESTION = JSON.stringify({ model: 'tiny', messages: [{ role: 'user', content: 'Hello?' }] });

/** A proxy on real sockets, with the reports it made; stopped with all its upstreams at the end of the test. */
export class ProxyFixture implements AsyncDisposable {
  readonly reports: ProxyReport[] = [];
  readonly traffic: TrafficReport[] = [];
  readonly #upstreams: ScriptedUpstream[] = [];
  #position = 10;

  private constructor(
    readonly proxy: RunningProxy,
    reports: ProxyReport[],
    traffic: TrafficReport[],
    private readonly tokens: readonly TokenFixture[],
  ) {
    this.reports = reports;
    this.traffic = traffic;
  }

  static async start({ engine, limits = {}, routes = [], tokens = [HOLDER], traces }: ProxyFixtureOptions): Promise<ProxyFixture> {
    const reports: ProxyReport[] = [];
    const traffic: TrafficReport[] = [];
    const proxy = await startProxy({
      host: '127.0.0.1',
      port: 0,
      routing: { table: tableOf(routes, tokens) },
      replicaKey: (replicaId) => `key-of-${replicaId}`,
      reporter: { report: (report) => reports.push(report), traffic: (report) => traffic.push(report) },
      limits: { lingerMs: 200, drainLimitMs: 5_000, ...limits },
      engine,
      ...(traces !== undefined && { traces }),
    });
    return new ProxyFixture(proxy, reports, traffic, tokens);
  }

  /** A proxy whose only model, `tiny`, is served by one upstream with this script. */
  static async before(script: Script, options: Omit<ProxyFixtureOptions, 'routes'>): Promise<ProxyFixture & { readonly upstream: ScriptedUpstream }> {
    const fixture = await ProxyFixture.start(options);
    const upstream = await fixture.upstream(script);
    fixture.route([routeTo([{ port: upstream.port }])]);
    return Object.assign(fixture, { upstream });
  }

  async upstream(script: Script, port = 0): Promise<ScriptedUpstream> {
    const upstream = await ScriptedUpstream.start(script, port);
    this.#upstreams.push(upstream);
    return upstream;
  }

  /** Puts these routes in use; the table's position grows by one. */
  route(routes: readonly Route[], tokens: readonly TokenFixture[] = this.tokens): void {
    this.#position += 1;
    this.proxy.swapTable(tableOf(routes, tokens, this.#position));
  }

  get base(): string {
    return `http://127.0.0.1:${this.proxy.port}`;
  }

  ask({ path = '/v1/chat/completions', method = 'POST', token = TOKEN, headers = {}, body = CHAT_QUESTION, signal }: Question = {}): Promise<Response> {
    const sent = { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers };
    return fetch(`${this.base}${path}`, {
      method,
      headers: sent,
      ...(method === 'GET' || body === null ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** The value of one metric series, 0 if there is none. */
  async metric(series: string): Promise<number> {
    const text = await (await fetch(`${this.base}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length + 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#upstreams.map((upstream) => upstream.kill()));
    await this.proxy.stop();
  }
}

export type OpenAiErrorBody = { readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string } };

/** The error of an answer, with its status. */
export async function errorOf(answer: Response): Promise<{ readonly status: number } & OpenAiErrorBody['error']> {
  const { error } = (await answer.json()) as OpenAiErrorBody;
  return { status: answer.status, ...error };
}
