/** One instance of a service, and whether it failed lately. */
export type EndpointInTurn = { readonly url: URL; readonly failedLately: boolean };

/**
 * The instances of one service. Each takes its turn; one that failed is asked last until it has answered or its cool-down
 * is over, and never not at all: when every one failed, one of them may be back.
 */
export class EndpointSet {
  readonly #endpoints: { readonly url: URL; failedUntilMs: number }[];
  #next = 0;

  /** @throws Error when there is none, or one is not an http or https URL. */
  constructor(
    urls: readonly string[],
    private readonly coolDownMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    if (urls.length === 0) throw new Error('a service needs at least one URL');
    this.#endpoints = urls.map((text) => ({ url: httpUrl(text), failedUntilMs: Number.NEGATIVE_INFINITY }));
  }

  get size(): number {
    return this.#endpoints.length;
  }

  /** Every instance once, in the order in which to ask them. */
  inTurn(): EndpointInTurn[] {
    const now = this.nowMs();
    const first = this.#next;
    this.#next = (first + 1) % this.#endpoints.length;
    const turned = [...this.#endpoints.slice(first), ...this.#endpoints.slice(0, first)];
    const inTurn = turned.map(({ url, failedUntilMs }) => ({ url, failedLately: failedUntilMs > now }));
    return [...inTurn.filter(({ failedLately }) => !failedLately), ...inTurn.filter(({ failedLately }) => failedLately)];
  }

  /** True when it was healthy until now. */
  failed(url: URL): boolean {
    const endpoint = this.#find(url);
    const wasHealthy = endpoint.failedUntilMs <= this.nowMs();
    endpoint.failedUntilMs = this.nowMs() + this.coolDownMs;
    return wasHealthy;
  }

  /** True when it had failed until now. */
  answered(url: URL): boolean {
    const endpoint = this.#find(url);
    const hadFailed = endpoint.failedUntilMs > this.nowMs();
    endpoint.failedUntilMs = Number.NEGATIVE_INFINITY;
    return hadFailed;
  }

  #find(url: URL): { failedUntilMs: number } {
    const endpoint = this.#endpoints.find((known) => known.url === url);
    if (endpoint === undefined) throw new Error(`${url.href} is not an endpoint of this set`);
    return endpoint;
  }
}

function httpUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error(`"${text}" is not an http or https URL`);
  return url;
}
