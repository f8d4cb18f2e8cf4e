import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type ReceivedRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
};

/** What an upstream does with one request once it has read it. */
export type Script = (request: ReceivedRequest, response: ServerResponse, socket: Socket) => void | Promise<void>;

/** A real HTTP server on a free loopback port that follows a script and keeps what it saw. */
export class ScriptedUpstream implements AsyncDisposable {
  readonly received: ReceivedRequest[] = [];
  /** Requests whose client left before they were answered. */
  aborted = 0;
  readonly #server: Server;
  #script: Script;
  #port = 0;

  private constructor(script: Script) {
    this.#script = script;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** `port` 0 takes any. */
  static async start(script: Script, port = 0): Promise<ScriptedUpstream> {
    const upstream = new ScriptedUpstream(script);
    await new Promise<void>((resolve, reject) => {
      upstream.#server.once('error', reject);
      upstream.#server.listen(port, '127.0.0.1', resolve);
    });
    upstream.#port = (upstream.#server.address() as AddressInfo).port;
    return upstream;
  }

  get port(): number {
    return this.#port;
  }

  get connections(): Promise<number> {
    return new Promise((resolve, reject) => this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
  }

  follow(script: Script): void {
    this.#script = script;
  }

  /** As engines do with connections they have not heard from for a while. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  /** Ends as a killed process does: every connection at once. */
  async kill(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    response.on('close', () => {
      if (!response.writableEnded) this.aborted += 1;
    });
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the client left while it was sending
    }
    const { method = '', url = '', headers } = request;
    const received: ReceivedRequest = { method, url, headers, body: Buffer.concat(chunks) };
    this.received.push(received);
    await this.#script(received, response, request.socket);
  }
}

/** Answers every request with this JSON. */
export const answering =
  (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Script =>
  (_request, response) => {
    const body = JSON.stringify(value);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
    response.end(body);
  };

/** Resets the connection instead of answering. */
export const resetting: Script = (_request, _response, socket) => {
  socket.resetAndDestroy();
};

/** Never answers. */
export const hanging: Script = () => undefined;

export const CHAT_COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'tiny',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop', logprobs: null }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

/** The events of a streamed chat completion, as they go over the wire. */
export function chatChunks(words: readonly string[]): readonly string[] {
  const chunk = (delta: unknown, finish: string | null): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'tiny', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  return [...words.map((content) => chunk({ role: 'assistant', content }, null)), chunk({}, 'stop'), 'data: [DONE]\n\n'];
}
