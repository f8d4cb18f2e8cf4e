import { request as requestHttp, type Agent, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';

/** Why an instance gave no answer that can be used. */
export class AttemptFailed extends Error {
  constructor(
    message: string,
    /** `late`: it may still be at work. `broken`: it is not there, left, or answered what no instance of ours would. */
    readonly kind: 'late' | 'broken',
    /** It may have failed only because the other side had closed a kept-alive connection meanwhile. */
    readonly staleConnection: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'AttemptFailed';
  }
}

export type AttemptOptions = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly accept: 'application/json' | 'text/event-stream';
  readonly agent: Agent;
  readonly connectTimeoutMs: number;
  /** Until the head of the answer; for what is read whole, until its end. */
  readonly answerTimeoutMs: number;
  readonly answerBytesMax: number;
  readonly signal: AbortSignal | undefined;
};

export type Answer = { readonly status: number; readonly text: string };

/**
 * Posts once and reads the whole answer.
 * @throws AttemptFailed
 */
export function postOnce(url: URL, options: AttemptOptions): Promise<Answer> {
  return attempt(url, options, async (message) => ({ status: message.statusCode ?? 0, text: await textOf(message, options.answerBytesMax) }));
}

/**
 * Posts once and hands over the stream that comes back, or an answer that is none.
 * @throws AttemptFailed
 */
export function openStreamOnce(url: URL, options: AttemptOptions): Promise<IncomingMessage | Answer> {
  return attempt(url, options, async (message) => {
    if ((message.headers['content-type'] ?? '').includes('text/event-stream')) return message;
    return { status: message.statusCode ?? 0, text: await textOf(message, options.answerBytesMax) };
  });
}

async function attempt<T>(url: URL, options: AttemptOptions, read: (message: IncomingMessage) => Promise<T>): Promise<T> {
  const { connectTimeoutMs, answerTimeoutMs, signal } = options;
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: 'POST',
    agent: options.agent,
    headers: {
      ...options.headers,
      accept: options.accept,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(options.body),
    },
    ...(signal === undefined ? {} : { signal }),
  });
  let late = false;
  const answerTimer = setTimeout(() => {
    late = true;
    request.destroy(new Error(`no answer within ${answerTimeoutMs} ms`));
  }, answerTimeoutMs);
  const stopConnecting = limitConnecting(request, connectTimeoutMs);
  try {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      // Stays: a request may fail again after it failed, and nobody waits any more.
      request.on('error', reject);
      request.end(options.body);
    });
    return await read(message);
  } catch (error) {
    request.destroy();
    throw new AttemptFailed(reasonOf(error), late ? 'late' : 'broken', request.reusedSocket && !late, error);
  } finally {
    clearTimeout(answerTimer);
    stopConnecting();
  }
}

function limitConnecting(request: ReturnType<typeof requestHttp>, timeoutMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    timer = setTimeout(() => request.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    socket.once('connect', () => clearTimeout(timer));
  });
  return () => clearTimeout(timer);
}

async function textOf(message: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) throw new Error(`an answer of more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one host fail together, with a message that is empty.
  const { code } = error as NodeJS.ErrnoException;
  return error.message === '' ? (code ?? error.name) : error.message;
}
