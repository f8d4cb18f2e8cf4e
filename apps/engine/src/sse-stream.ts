import type { ServerResponse } from 'node:http';

/** A server-sent event stream that waits for its reader. */
export type SseStream = {
  /** Resolves when the reader can take more, or is gone, or has stalled for too long (the stream is cut then). */
  send(data: string): Promise<void> | void;
  end(data: string): void;
};

export type SseOptions = { readonly headers: Readonly<Record<string, string>>; readonly stallTimeoutMs: number };

export function openSseStream(response: ServerResponse, { headers, stallTimeoutMs }: SseOptions): SseStream {
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no', // proxies that would collect the stream are asked not to
  });
  return {
    send(data) {
      if (response.writableEnded || response.destroyed || response.write(`data: ${data}\n\n`)) return;
      return drained(response, stallTimeoutMs);
    },
    end(data) {
      if (!response.writableEnded && !response.destroyed) response.end(`data: ${data}\n\n`);
    },
  };
}

function drained(response: ServerResponse, stallTimeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(() => {
      response.destroy(); // 'close' follows, which aborts the generation
      done();
    }, stallTimeoutMs);
    response.once('drain', done).once('close', done);
  });
}
