/**
 * The sockets of the data plane: takes requests from clients and carries them to replicas, and knows nothing of who may
 * do what. Policy talks to it through these types only, so that engines can be exchanged; one contract suite holds for all.
 */
export type ForwardEngine = {
  /** Starts to accept. Rejects if the address cannot be had. Port 0 asks for a free one. */
  listen(host: string, port: number): Promise<{ readonly port: number }>;
  /** A place to forward to; connections are kept per upstream. */
  upstream(host: string, port: number): Upstream;
  /**
   * Stops accepting and lets go of idle client connections; requests under way go on, and their connections end
   * with them. Resolves when the last connection has ended.
   */
  stopAccepting(): Promise<void>;
  /** Ends everything at once. */
  destroy(): Promise<void>;
};

export type Upstream = {
  /**
   * Sends a request that no client waits for: the answer is read to its end and thrown away. Gives the means to leave it; then
   * nothing more is heard.
   */
  sendApart(message: UpstreamMessage, listener: AnswerListener): () => void;
  /** Closes its connections once their requests have ended. */
  release(): void;
};

export type UpstreamMessage = { readonly method: string; readonly target: string; readonly headers: FlatHeaders; readonly body: Buffer };

/** Name, value, name, value, …; names in lower case. */
export type FlatHeaders = string[];

export type HeadMemo = { kept: unknown };

/** One request of one client, from the moment its head is complete. */
export type Exchange = {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** By lower-case name; lists joined as HTTP says. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * A place to keep what was worked out from method, target and headers. Requests with the same head on one connection may
   * share it; `content-length` is not part of what they share.
   */
  readonly memo: HeadMemo;
  /** The client is on this machine. */
  readonly isFromLoopback: boolean;
  /** Who hears of the rest. Before any of the calls below but `answer`. */
  attach(listener: ExchangeListener): void;
  /** Reads the body; the listener hears `onBody`, `onBodyTooLarge` or `onClientGone`. At most once. */
  receiveBody(): void;
  /** Answers without an upstream. Sends `content-length` and `connection` itself. */
  answer(status: number, headers: FlatHeaders, body: string): void;
  /**
   * Sends the request to an upstream and its answer to the client as it comes. The listener hears `onUpstreamHead` and then
   * `onUpstreamEnd`, or only the latter. May be called again after an end in which nothing was sent to the client.
   */
  forward(upstream: Upstream, headers: FlatHeaders, body: Buffer): void;
};

/** What policy hears of its exchange. Nothing comes after `onClientGone`. */
export type ExchangeListener = AnswerListener & {
  /** More of the body has arrived; false refuses it (policy answers). */
  onBodyBytes(bytes: number): boolean;
  onBody(body: Buffer): void;
  onBodyTooLarge(): void;
  /** The client left before it had its whole answer; what was under way upstream has been aborted. */
  onClientGone(): void;
};

export type AnswerListener = {
  /** The head of the answer: what to send the client in its place, or null to drop this answer (`onUpstreamEnd` follows). */
  onUpstreamHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): FlatHeaders | null;
  /** The first byte of the answer's body has come, or its end. */
  onFirstByte(): void;
  /** Bytes of the answer's body, on their way to the client: to be looked at, not changed. */
  onAnswerBytes(chunk: Buffer): void;
  onUpstreamEnd(outcome: ForwardOutcome): void;
};

export type ForwardOutcome =
  /** The whole answer has been passed on. */
  | { readonly type: 'completed' }
  /** Policy dropped the answer. Nothing was sent to the client. */
  | { readonly type: 'dropped' }
  /** Nothing was sent to the client. */
  | { readonly type: 'failed'; readonly failure: UpstreamFailure; readonly detail: string }
  /** The upstream failed in the middle of its answer; the client's connection was cut, so that it cannot take a part for the whole. */
  | { readonly type: 'cut'; readonly failure: UpstreamFailure; readonly detail: string };

export type UpstreamFailure =
  /** No connection could be made. */
  | 'connect'
  /** The connection ended before the answer did. */
  | 'closed'
  /** Nothing came for too long. */
  | 'timeout'
  /** The client read nothing for too long. */
  | 'stalled'
  /** What came was not HTTP. */
  | 'protocol';

/** How a request whose head cannot be accepted is answered, when there is no exchange to answer it in. */
export type HeadRefusal = 'malformed' | 'headTooLarge' | 'timeout';

export type EngineHooks = {
  /** Something threw that never should: the connection it concerned has been cut. */
  onBug(error: unknown): void;
  onExchange(exchange: Exchange): void;
  /** The full text of an answer's head and body; the connection ends with it. */
  refusal(reason: HeadRefusal): { readonly status: number; readonly headers: FlatHeaders; readonly body: string };
};

/** The part of the proxy's limits that an engine keeps. Times in milliseconds, sizes in bytes. */
export type EngineLimits = {
  /** Longest request body; longer ones are answered 413. */
  readonly bodyBytesMax: number;
  /** Request line and headers together; longer ones are answered 431. */
  readonly headBytesMax: number;
  readonly headersMax: number;
  /** From a connection's first byte of a request to the end of its head. */
  readonly headTimeoutMs: number;
  /** From the first byte of a request to the last byte of its body. */
  readonly requestTimeoutMs: number;
  /** How long an idle client connection is kept. */
  readonly idleKeepAliveMs: number;
  readonly connectionsMax: number;
  readonly upstreamConnectTimeoutMs: number;
  /** From the request sent to the head of the answer: a model may think this long. */
  readonly upstreamHeadTimeoutMs: number;
  /** Between two chunks of an answer. */
  readonly streamIdleTimeoutMs: number;
  /** How long a client may leave its answer unread before it is cut off. */
  readonly clientStallTimeoutMs: number;
  readonly upstreamConnectionsPerReplicaMax: number;
  /** How long an idle connection to a replica is kept; below the engines' own 5 s, so that they never close first. */
  readonly upstreamKeepAliveMs: number;
  /** How long, and how much of, the rest of a refused request is read so that the client sees its answer. */
  readonly lingerMs: number;
  readonly lingerBytesMax: number;
};

export type ForwardEngineFactory = (limits: EngineLimits, hooks: EngineHooks) => ForwardEngine;
