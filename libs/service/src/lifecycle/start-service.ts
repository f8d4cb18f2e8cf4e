import 'reflect-metadata';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerHealth, type Readiness } from '../health/readiness.js';
import { createLogger, type Logger } from '../logging/logger.js';
import { nestLogger } from '../logging/nest-logger.js';
import { drainable } from './drainable.js';

export type ServiceOptions = {
  readonly name: string;
  /** `null` or absent: the service runs, but opens no port (embedded shape). */
  readonly listen?: { readonly host: string; readonly port: number } | null;
  readonly logger?: Logger;
  /** Served as /healthz and /readyz when the service listens. */
  readonly readiness?: Readiness;
};

export type RunningService = {
  readonly app: INestApplication;
  /** `http://host:port` when it listens. */
  readonly url: string | null;
  /** Unready, then drained, then closed; safe to call twice. */
  close(): Promise<void>;
};

/** How long a client may take to send its request head, in milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How long a client may take to send a whole request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 60_000;

/** How long running requests may take to finish when a service closes, in milliseconds. */
const DRAIN_TIMEOUT_MS = 10_000;

/** Starts one Nest service. It installs no signal handlers: the process that runs it decides when it ends. */
export async function startService(module: Type | DynamicModule, options: ServiceOptions): Promise<RunningService> {
  const logger = options.logger ?? createLogger(options.name);
  const app = await NestFactory.create(module, { bodyParser: false, abortOnError: false, logger: nestLogger(logger) });
  const drain = drainable(app.getHttpServer() as Server);
  const url = await open(app, options).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  logger.info({ event: 'service.started', service: options.name, url }, 'service started');

  let closing: Promise<void> | null = null;
  return {
    app,
    url,
    close() {
      closing ??= (async () => {
        options.readiness?.leave();
        if (url !== null) await drain(DRAIN_TIMEOUT_MS);
        await app.close();
        logger.info({ event: 'service.stopped', service: options.name }, 'service stopped');
      })();
      return closing;
    },
  };
}

async function open(app: INestApplication, { listen = null, readiness }: ServiceOptions): Promise<string | null> {
  if (readiness !== undefined) {
    app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      if (!answerHealth(readiness, request, response)) next();
    });
  }
  if (listen === null) {
    await app.init();
    return null;
  }
  const server = app.getHttpServer() as Server;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await app.listen(listen.port, listen.host);
  return `http://${listen.host}:${(server.address() as AddressInfo).port}`;
}
