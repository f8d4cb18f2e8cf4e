import { createServer } from 'node:http';
import { CHUNK_INTERVAL_MS, CHUNKS_PER_STREAM, monotonicUs, streamChunk } from './chat-messages.js';

/** A process of its own: `stream-upstream.js <port>`. Answers every request with a stream of tokens at an even pace. */
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  let left = CHUNKS_PER_STREAM;
  const timer = setInterval(() => {
    response.write(streamChunk(monotonicUs()));
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    response.end('data: [DONE]\n\n');
  }, CHUNK_INTERVAL_MS);
  response.once('close', () => clearInterval(timer));
});
server.keepAliveTimeout = 300_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
