import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { createLogger, nestLogger, type Logger } from '@slipway/service';
import { gatewayConfig, type GatewayConfig } from './config.js';
import { GatewayServer, type GatewayServerOptions } from './gateway-server.js';
import { GatewayModule } from './gateway.module.js';
import { localSubgraphs, type SubgraphSource } from './graph/subgraph-source.js';

export type GatewayOptions = Omit<GatewayServerOptions, 'config' | 'subgraphs' | 'logger'> & {
  /** Default: from the environment. */
  readonly config?: GatewayConfig;
  /** Default: every subgraph that runs in this process by now. */
  readonly subgraphs?: readonly SubgraphSource[];
  readonly logger?: Logger;
};

export type RunningGateway = {
  /** `http://host:port`; GraphQL at `/graphql`. */
  readonly url: string;
  /** Subscriptions that clients hold open. */
  subscriptionCount(): number;
  /** Completes subscriptions, drains and closes; safe to call twice. */
  close(): Promise<void>;
};

/**
 * Starts the gateway; it is ready when this returns. It installs no signal handlers.
 * @throws Error when the subgraphs do not compose, or when the port cannot be had (`code` EADDRINUSE, EACCES).
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const logger = options.logger ?? createLogger('gateway');
  const settings = { ...options, config: options.config ?? gatewayConfig(), subgraphs: options.subgraphs ?? localSubgraphs(), logger };
  const app = await NestFactory.createApplicationContext(GatewayModule.with(settings), { abortOnError: false, logger: nestLogger(logger) });
  const server = app.get(GatewayServer);
  const { url } = server;
  logger.info({ event: 'service.started', service: 'gateway', url }, 'service started');

  let closing: Promise<void> | null = null;
  return {
    url,
    subscriptionCount: () => server.subscriptionCount,
    close() {
      closing ??= app.close().then(() => logger.info({ event: 'service.stopped', service: 'gateway' }, 'service stopped'));
      return closing;
    },
  };
}
