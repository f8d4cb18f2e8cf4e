import http from 'node:http';
import net from 'node:net';

export type HttpAnswer = { readonly status: number; readonly text: string };

/** A request with a body of any bytes, as no well-behaved client would send it. */
export function send(url: string, headers: Record<string, string>, body: Buffer | string): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers: { 'content-length': Buffer.byteLength(body), ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    // Refused before it was read whole: writing fails, and the answer is still to be read.
    request.on('error', (error: NodeJS.ErrnoException) => (isCut(error) ? undefined : reject(error)));
    request.on('close', () => resolve({ status: 0, text: '' }));
    request.end(body);
  });
}

const isCut = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE' || code === 'ECONNRESET';

/** Opens connections and sends a byte of a head now and then; resolves when the server has closed every one of them. */
export function slowLoris(port: number, connections: number): Promise<void[]> {
  return Promise.all(
    Array.from({ length: connections }, () => {
      const socket = net.connect(port, '127.0.0.1');
      socket.write('POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n');
      const drip = setInterval(() => socket.writable && socket.write('X'), 500);
      return new Promise<void>((resolve) => {
        socket.on('error', () => undefined);
        socket.on('close', () => {
          clearInterval(drip);
          resolve();
        });
        socket.resume();
      });
    }),
  );
}
