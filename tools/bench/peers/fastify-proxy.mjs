// @fastify/http-proxy as its documentation has it: `fastify-proxy.mjs <port>=<upstream> …`, one server for each.
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

for (const pair of process.argv.slice(2)) {
  const [port, upstream] = pair.split('=');
  const server = fastify({ keepAliveTimeout: 75_000 });
  await server.register(httpProxy, { upstream, undici: { connections: 256, pipelining: 1 } });
  await server.listen({ host: '127.0.0.1', port: Number(port) });
}
