import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { DEFAULT_LIMITS } from '../limits.js';
import type { Exchange } from '../forward-engine.js';
import { ClientConnection } from '../http1-client-connection.js';
import { Deadlines } from '../http1-engine-state.js';

/** One request as a server understood it. */
export type Understood = { readonly method: string; readonly target: string; readonly body: string; readonly headers: Readonly<Record<string, string | undefined>> };

const COMPARED = ['host', 'authorization', 'content-type', 'x-custom'] as const;

/** Headers that node joins in its own way, or not at all, when they repeat, are left out where they do. */
function compared(headers: Readonly<Record<string, unknown>>): Understood['headers'] {
  return Object.fromEntries(COMPARED.map((name) => [name, headers[name] as string | undefined]));
}

/** What our own engine makes of these bytes: every request it took whole, in order, and the piece that completed it. */
export function ownReading(pieces: readonly Buffer[]): { readonly understood: readonly Understood[]; readonly completedBy: readonly number[] } {
  const understood: Understood[] = [];
  const completedBy: number[] = [];
  let current = 0;
  const socket = new SilentSocket();
  const onExchange = (exchange: Exchange): void => {
    const answer = (): void => exchange.answer(200, [], 'ok');
    exchange.attach({
      onBodyBytes: () => true,
      onBody(body) {
        const { method, target, headers } = exchange;
        understood.push({ method, target, body: body.toString('latin1'), headers: compared(headers) });
        completedBy.push(current);
        answer();
      },
      onBodyTooLarge: answer,
      onClientGone: () => undefined,
      onUpstreamHead: () => null,
      onFirstByte: () => undefined,
      onAnswerBytes: () => undefined,
      onUpstreamEnd: () => undefined,
    });
    exchange.receiveBody();
  };
  const onBug = (error: unknown): never => {
    throw error;
  };
  const hooks = { onExchange, onBug, refusal: () => ({ status: 400, headers: [], body: '' }) };
  const state = { limits: DEFAULT_LIMITS, hooks, accepting: true, keepAliveLines: '' };
  new ClientConnection(socket as unknown as Socket, state, new Deadlines(1_000), () => undefined);
  for (const piece of pieces) {
    socket.emit('data', piece);
    current += 1;
  }
  socket.emit('close');
  return { understood, completedBy };
}

/** What node's own server, which reads with llhttp, makes of them. */
export async function nodeReading(bytes: Buffer): Promise<readonly (Understood | 'malformed')[]> {
  const understood: (Understood | 'malformed')[] = [];
  const server = createServer({ requireHostHeader: false, connectionsCheckingInterval: 1_000_000 }, (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      understood.push({ method, target: url, body: Buffer.concat(chunks).toString('latin1'), headers: compared(headers) });
      response.end('ok');
    });
  });
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  server.on('clientError', (_error, failed) => {
    understood.push('malformed');
    failed.destroy();
  });
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const over = new Promise((resolve) => stream.once('close', resolve));
  server.emit('connection', stream);
  stream.push(bytes);
  await new Promise(setImmediate);
  stream.push(null);
  const patience = new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await Promise.race([over, patience]);
  stream.destroy();
  server.close();
  return understood;
}

class SilentSocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1';
  write(): boolean {
    return true;
  }
  end(done?: () => void): void {
    done?.();
  }
  isPaused(): boolean {
    return false;
  }
  pause(): void {}
  resume(): void {}
  cork(): void {}
  uncork(): void {}
  destroy(): void {}
}
