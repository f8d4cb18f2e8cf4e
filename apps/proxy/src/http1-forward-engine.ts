import { createServer, type AddressInfo } from 'node:net';
import type { EngineHooks, EngineLimits, ForwardEngine } from './forward-engine.js';
import { ClientConnection } from './http1-client-connection.js';
import { Deadlines, type EngineState } from './http1-engine-state.js';
import { UpstreamPool } from './http1-upstream-pool.js';

/**
 * The engine with our own HTTP/1.1 on bare sockets: about a third of the CPU per request of node:http and undici, because
 * it does less: one request at a time per connection, no streams between the sockets, each message in one write. What it
 * takes for HTTP is a subset of what node's parser does, with the same framing; the laws of `http1-head` hold it to that.
 */
export function createHttp1ForwardEngine(limits: EngineLimits, hooks: EngineHooks): ForwardEngine {
  const keepAliveLines = `connection: keep-alive\r\nkeep-alive: timeout=${Math.ceil(limits.idleKeepAliveMs / 1_000)}\r\n`;
  const state: EngineState = { limits, hooks, accepting: true, keepAliveLines };
  const deadlines = Deadlines.for(limits);
  const connections = new Set<ClientConnection>();
  const pools = new Set<UpstreamPool>();
  const server = createServer({ noDelay: true }, (socket) => {
    connections.add(new ClientConnection(socket, state, deadlines, (connection) => connections.delete(connection)));
  });
  server.maxConnections = limits.connectionsMax;
  const closed = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

  return {
    async listen(host, port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, () => {
          server.removeListener('error', reject);
          server.on('error', hooks.onBug); // a connection that could not be accepted: out of file handles
          resolve();
        });
      });
      return { port: (server.address() as AddressInfo).port };
    },

    upstream(host, port) {
      const pool = new UpstreamPool(host, port, limits, deadlines, hooks.onBug, (released) => pools.delete(released));
      pools.add(pool);
      return pool;
    },

    stopAccepting() {
      state.accepting = false;
      const ended = closed();
      for (const connection of connections) connection.endWhenIdle();
      return ended;
    },

    async destroy() {
      state.accepting = false;
      const ended = closed();
      for (const connection of connections) connection.cut();
      for (const pool of pools) pool.destroy();
      await ended;
    },
  };
}
