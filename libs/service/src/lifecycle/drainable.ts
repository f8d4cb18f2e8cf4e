import type { Server } from 'node:http';

/** How often a draining server is looked at, in milliseconds. */
const DRAIN_CHECK_INTERVAL_MS = 10;

/**
 * Counts a server's running requests from now on, so that it can be closed without breaking one. Call before it listens.
 * The function returned stops accepting, waits until no request runs or `timeoutMs` have passed, then closes what is
 * left: kept-alive connections, and those on which a client never asked anything.
 */
export function drainable(server: Server): (timeoutMs: number) => Promise<void> {
  let running = 0;
  server.on('request', (_request, response) => {
    running += 1;
    response.once('close', () => (running -= 1));
  });
  return (timeoutMs) =>
    new Promise((resolve) => {
      const deadline = Date.now() + timeoutMs;
      const check = setInterval(() => {
        if (running === 0 || Date.now() > deadline) server.closeAllConnections();
      }, DRAIN_CHECK_INTERVAL_MS);
      server.close(() => {
        clearInterval(check);
        resolve();
      });
    });
}
