import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, credsAuthenticator, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { BusClosedError, BusSetupError, BusUnreachableError, BusVersionError, type BusError } from '../bus-errors.js';
import type { BusStatus } from '../bus.js';
import { Backoff, pause, unlessAborted } from '../pause.js';
import type { Unsubscribe } from '../signals.js';
import { busErrorOf } from './nats-failure.js';
import { serverAddresses, type ServerAddresses } from './server-addresses.js';

/** Between attempts to connect, and to set up what is needed on a server that answers. */
export const NATS_RETRY_FIRST_MS = 50;
export const NATS_RETRY_MAX_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 5_000;
/** A server that is there and silent is given up after two of these. */
const PING_INTERVAL_MS = 5_000;
const PINGS_UNANSWERED_MAX = 2;
const OLDEST_SERVER = [2, 9] as const;

export type NatsLinkOptions = {
  readonly servers: string | readonly string[];
  /** What the server lists this client as. */
  readonly name: string;
  /** Content of a `.creds` file. */
  readonly credentials?: string;
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
};

/** From one connecting to the loss of that connection. */
export type Session = {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly lost: AbortSignal;
};

type SetUp = (jsm: JetStreamManager) => Promise<unknown>;

/** A connection that is made again for ever, and what has to be true of the server before it is of use. */
export class NatsLink {
  readonly #options: NatsLinkOptions;
  readonly #addresses: ServerAddresses;
  readonly #setUp: SetUp;
  readonly #onNotice: (line: string) => void;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff(NATS_RETRY_FIRST_MS, NATS_RETRY_MAX_MS);
  #connection: NatsConnection | null = null;
  #session: Session | null = null;
  #loss = new AbortController();
  #error: BusError;
  #lostAtMs = performance.now();
  readonly #ended: Promise<void>;

  /** Throws when the servers are not written as addresses. */
  constructor(options: NatsLinkOptions, setUp: SetUp, onNotice: (line: string) => void) {
    this.#options = options;
    this.#setUp = setUp;
    this.#onNotice = onNotice;
    this.#addresses = serverAddresses(options.servers);
    this.#error = new BusUnreachableError(`not yet connected to NATS at ${this.#hosts()}`);
    this.#ended = this.#run();
  }

  status(): BusStatus {
    return this.#session === null ? { connected: false, detail: this.#error.message } : { connected: true, detail: null };
  }

  /** Called whenever the status or the connection is another. */
  onChange(listener: () => void): Unsubscribe {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** The connection as it is, set up or not; null when there is none. */
  connection(): NatsConnection | null {
    return this.#loss.signal.aborted ? null : this.#connection;
  }

  /** Waits for a session. Throws why there is none after the time, or once the link is closed; null once the signal aborts. */
  async session(waitMs: number, signal?: AbortSignal): Promise<Session | null> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      if (signal?.aborted === true) return null;
      if (this.#closing.signal.aborted) throw new BusClosedError();
      if (this.#session !== null) return this.#session;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw this.#error;
      await this.#change(leftMs, signal);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#lose(new BusClosedError());
    await this.#connection?.close();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        const connection = await connect(this.#connectionOptions());
        this.#connection = connection;
        if (this.#closing.signal.aborted) return await connection.close();
        await this.#serve(connection);
      } catch (error) {
        this.#lose(this.#located(busErrorOf(error)));
      }
      this.#connection = null;
      await pause(this.#backoff.next(), this.#closing.signal);
    }
  }

  /** Until the connection is given up; the client makes it again by itself after most losses. */
  async #serve(connection: NatsConnection): Promise<void> {
    void this.#begin(connection);
    for await (const event of connection.status()) {
      if (event.type === 'disconnect' || event.type === 'staleConnection') this.#lose(this.#located(new BusUnreachableError('NATS does not answer: the connection is lost')));
      else if (event.type === 'reconnect') void this.#begin(connection);
      else if (event.type === 'error') this.#onNotice(busErrorOf(event.error).message);
      else if (event.type === 'close') break;
    }
    if (!this.#closing.signal.aborted) this.#lose(this.#located(new BusUnreachableError('NATS does not answer: the connection was closed')));
  }

  async #begin(connection: NatsConnection): Promise<void> {
    this.#loss.abort();
    const loss = (this.#loss = new AbortController());
    this.#changed();
    while (!loss.signal.aborted && !this.#closing.signal.aborted) {
      try {
        assertVersion(connection.info?.version ?? '0');
        const setUp = async (): Promise<JetStreamManager> => {
          const jsm = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS });
          await this.#setUp(jsm);
          return jsm;
        };
        // The client leaves requests of a lost connection to their timeout.
        const jsm = await unlessAborted(loss.signal, setUp(), () => new BusUnreachableError('the connection is lost'));
        this.#backoff.reset();
        this.#session = { connection, jsm, js: jetstream(connection, { timeout: REQUEST_TIMEOUT_MS }), lost: loss.signal };
        return this.#changed();
      } catch (error) {
        if (loss.signal.aborted) return;
        this.#fail(this.#located(busErrorOf(error)));
        await pause(this.#backoff.next(), loss.signal);
      }
    }
  }

  #lose(error: BusError): void {
    if (this.#session !== null) this.#lostAtMs = performance.now();
    this.#loss.abort();
    this.#session = null;
    this.#fail(error);
  }

  #fail(error: BusError): void {
    this.#error = error;
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  async #change(waitMs: number, signal?: AbortSignal): Promise<void> {
    const done = new AbortController();
    const stop = this.onChange(() => done.abort());
    const either = signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]);
    await pause(Math.min(waitMs, 2 ** 31 - 1), either);
    stop();
  }

  #hosts(): string {
    return this.#addresses.hosts.join(', ');
  }

  /** Says which server a failure is about. */
  #located(error: BusError): BusError {
    if (error instanceof BusUnreachableError) return new BusUnreachableError(`${error.message} (${this.#hosts()})`, { cause: error.cause });
    if (error instanceof BusSetupError) return new BusSetupError(`${error.message} (${this.#hosts()})`, { cause: error.cause });
    return error;
  }

  /** The client asks more than once per attempt, so this is no step of a backoff: half as long as the connection has been lost. */
  #reconnectDelayMs(): number {
    const lostForMs = performance.now() - this.#lostAtMs;
    return Math.min(Math.max(lostForMs / 2, NATS_RETRY_FIRST_MS), NATS_RETRY_MAX_MS) * (0.75 + Math.random() / 4);
  }

  #connectionOptions(): ConnectionOptions {
    const { name, credentials, tls } = this.#options;
    return {
      servers: [...this.#addresses.hosts],
      name,
      ...this.#addresses.login,
      ...(credentials !== undefined && { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
      ...((this.#addresses.isTls || tls !== undefined) && { tls: { ...tls } }),
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectDelayHandler: () => this.#reconnectDelayMs(),
      ignoreAuthErrorAbort: true,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: PINGS_UNANSWERED_MAX,
      // Own signals are delivered without the server; JetStream's answers are not echoes.
      noEcho: true,
      // A quarter of the time of a publish went into stack traces nobody reads.
      noAsyncTraces: true,
    };
  }
}

function assertVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_SERVER;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new BusVersionError(`this NATS server has version ${version}; ${oldestMajor}.${oldestMinor} is the oldest that works`);
}
