import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readiness } from '../health/readiness.js';
import { startHealthServer, type HealthServer } from '../health/start-health-server.js';
import { createLogger, orderedOutput, type Logger } from '../logging/logger.js';
import { secretCensor } from '../settings/masked-text.js';
import type { SettingsReading } from '../settings/read-settings.js';
import type { commonSettings } from '../settings/setting-groups.js';
import { startTelemetry, type Telemetry } from '../telemetry/start-telemetry.js';
import { EXIT } from './exit-codes.js';
import { startFailure } from './start-failure.js';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const SIGNAL_EXIT_BASE = 128;

export type ServiceContext = {
  readonly logger: Logger;
  /** Behind `/readyz`, which answers from the first moment; add what the service depends on. */
  readonly readiness: Readiness;
  /** Adds Prometheus text of the service's own to `/metrics`, whole lines. */
  addMetrics(text: () => string): void;
  /** Aborted when the process is told to stop while it still starts, else once everything is closed. */
  readonly signal: AbortSignal;
  /** Name of this instance: `SLIPWAY_INSTANCE`. */
  readonly instance: string;
};

export type RunningParts = {
  /** Where it serves, for the line that says so. */
  readonly url?: string | null;
  /** Drains, then closes what it opened, in order. */
  close(): Promise<void>;
};

export type ServiceLifeOptions = {
  readonly name: string;
  readonly version: string;
  readonly reading: SettingsReading<typeof commonSettings>;
};

/** One service process from its settings to its end. Holds what is open, and closes it in order, once. */
export class ServiceLife {
  readonly #options: ServiceLifeOptions;
  readonly #logger: Logger;
  readonly #readiness = new Readiness();
  readonly #stopped = new AbortController();
  readonly #censor: (text: string) => string;
  readonly #ownMetrics: (() => string)[] = [];
  #telemetry: Telemetry | null = null;
  #health: HealthServer | null = null;
  /** Settles when there is nothing more to come of the start. */
  #starting: Promise<RunningParts | null> = Promise.resolve(null);
  #isStarted = false;
  #isEnding = false;
  #exitCode: number = EXIT.done;

  constructor(options: ServiceLifeOptions) {
    this.#options = options;
    const { values, secrets } = options.reading;
    this.#censor = secretCensor(secrets) ?? ((text) => text);
    this.#logger = createLogger(options.name, {
      level: values.SLIPWAY_LOG_LEVEL,
      destination: orderedOutput(),
      fields: { instance: values.SLIPWAY_INSTANCE },
      secrets,
      traceIds: values.SLIPWAY_TELEMETRY === 'on',
    });
  }

  /** Starts and, unless that fails, stays. Never throws: a failure ends the process. */
  async run(start: (context: ServiceContext) => Promise<RunningParts>): Promise<void> {
    const { reading } = this.#options;
    this.#listenForTheEnd();
    for (const warning of reading.warnings) this.#logger.warn({ event: 'settings.warning' }, warning);
    this.#readiness.add({ name: 'start', check: () => (this.#isStarted ? { ready: true } : { ready: false, detail: 'starting' }) });
    const context: ServiceContext = {
      logger: this.#logger,
      readiness: this.#readiness,
      addMetrics: (text) => void this.#ownMetrics.push(text),
      signal: this.#stopped.signal,
      instance: reading.values.SLIPWAY_INSTANCE,
    };
    const starting = this.#open().then(() => {
      this.#stopped.signal.throwIfAborted();
      return start(context);
    });
    this.#starting = starting.catch(() => null);
    try {
      const { url = null } = await starting;
      if (this.#isEnding) return;
      this.#isStarted = true;
      this.#sayReady(url);
    } catch (error) {
      if (!this.#isEnding) await this.#failToStart(error);
    }
  }

  async #open(): Promise<void> {
    const { name, version, reading } = this.#options;
    const { values } = reading;
    this.#telemetry = await startTelemetry({
      serviceName: values.OTEL_SERVICE_NAME ?? `slipway-${name}`,
      version,
      instance: values.SLIPWAY_INSTANCE,
      enabled: values.SLIPWAY_TELEMETRY === 'on',
      metrics: values.SLIPWAY_METRICS === 'on',
      ownMetrics: () => this.#ownMetrics.map((text) => text()).join(''),
      otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
      sampleRatio: values.OTEL_TRACES_SAMPLER_ARG,
      logger: this.#logger,
    });
    this.#health = await startHealthServer({
      host: values.SLIPWAY_HEALTH_HOST,
      port: values.SLIPWAY_HEALTH_PORT,
      readiness: this.#readiness,
      metrics: this.#telemetry.metricsPage,
      metricsToken: values.SLIPWAY_METRICS_TOKEN,
      censor: this.#censor,
    });
    this.#logger.info({ event: 'service.starting', healthUrl: this.#health.url, pid: process.pid }, 'service starting');
  }

  /** Told at every log level: whoever started the process waits for it. */
  #sayReady(url: string | null): void {
    const ms = Math.round(performance.now());
    this.#logger.child({}, { level: 'info' }).info({ event: 'service.ready', url, healthUrl: this.#health?.url, pid: process.pid, ms }, 'service ready');
  }

  #listenForTheEnd(): void {
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (this.#isEnding) process.exit(SIGNAL_EXIT_BASE + constants.signals[signal]);
        this.#logger.info({ event: 'service.stopping', signal }, 'service stopping');
        void this.#end(EXIT.done);
      });
    }
    const crash = (kind: string) => (error: unknown) => {
      this.#logger.fatal({ event: 'service.crashed', kind, err: error }, 'an error nobody handled');
      if (!this.#isEnding) void this.#end(EXIT.internal);
      else this.#endsBadly();
    };
    process.on('uncaughtException', crash('exception'));
    process.on('unhandledRejection', crash('rejection'));
  }

  async #failToStart(error: unknown): Promise<void> {
    const { exitCode, lines } = startFailure(error);
    if (exitCode === EXIT.internal) this.#logger.fatal({ event: 'service.failed', err: error }, 'service could not start');
    for (const line of lines) process.stderr.write(`${this.#options.name}: ${this.#censor(line)}\n`);
    await this.#end(exitCode);
  }

  /** Unready first, then drained and closed, what tells of it last; all within `SLIPWAY_STOP_TIMEOUT_MS`. */
  async #end(exitCode: number): Promise<void> {
    this.#isEnding = true;
    this.#exitCode = exitCode;
    this.#readiness.leave();
    const timeoutMs = this.#options.reading.values.SLIPWAY_STOP_TIMEOUT_MS;
    const isClosed = await Promise.race([this.#close().then(() => true), sleep(timeoutMs, false)]);
    if (!isClosed) {
      this.#logger.error({ event: 'service.stop_timeout', timeoutMs }, 'service did not close in time and is cut off');
      this.#endsBadly();
    }
    process.exit(this.#exitCode);
  }

  /** What went wrong first decides the exit code. */
  #endsBadly(): void {
    if (this.#exitCode === EXIT.done) this.#exitCode = EXIT.internal;
  }

  async #close(): Promise<void> {
    const unreadyMs = this.#options.reading.values.SLIPWAY_UNREADY_MS;
    if (!this.#isStarted) this.#stopped.abort(new Error('the process is stopping'));
    else if (unreadyMs > 0) await sleep(unreadyMs);
    const steps = [async () => (await this.#starting)?.close(), () => this.#telemetry?.close(), () => this.#health?.close()];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        this.#endsBadly();
        this.#logger.error({ event: 'service.close_failed', err: error }, 'a part did not close');
      }
    }
    this.#stopped.abort(new Error('the process is stopping'));
    this.#logger.info({ event: 'service.stopped' }, 'service stopped');
  }
}
