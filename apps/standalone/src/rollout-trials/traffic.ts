import http from 'node:http';

/** Tokens of a short answer: 0.4 s at the pace of the engines here. */
const SHORT_TOKENS = 20;
/** Whoever is refused does not ask again at once. */
const AFTER_FAILURE_MS = 100;
/** Longer than any answer here takes; what lasts longer has failed. */
const REQUEST_LIMIT_MS = 60_000;
/** Every so manieth client of a proxy asks for nothing but long streams. */
const ONE_LONG_IN = 8;

/** `long`: a stream that lasts longer than a step of the rollout. */
export type AnswerKind = 'short' | 'stream' | 'long';
export type Answer = {
  readonly kind: AnswerKind;
  /** By the wall clock. */
  readonly startedAtMs: number;
  /** Until its last byte, or its failure. */
  readonly ms: number;
  readonly status: number | null;
  readonly revisionId: string | null;
  /** `cut`: it ended in the middle of its answer; `failed`: not a byte of an answer came, or it was an error. */
  readonly end: 'whole' | 'cut' | 'failed';
  readonly detail: string | null;
};

export type TrafficOptions = {
  /** Of the proxies; the clients are shared out evenly. */
  readonly ports: readonly number[];
  readonly token: string;
  readonly model: string;
  readonly clients: number;
  readonly longTokens: number;
};

/** Closed-loop clients over kept connections, half of them streaming; nothing is retried, so that every failure shows. */
export class Traffic {
  readonly answers: Answer[] = [];
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #clients: Promise<void>[];
  #running = true;

  constructor(private readonly options: TrafficOptions) {
    const { ports, clients } = options;
    const perPort = Math.ceil(clients / ports.length);
    this.#clients = ports.flatMap((port, place) => Array.from({ length: perPort }, (_, index) => this.#client(port, kindOf(index), (place + index / perPort) / ports.length)));
  }

  /** Ends when every request under way has ended. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  /** `firstShare`: how much of an answer the first one is, so that long streams do not all end at once. */
  async #client(port: number, kind: AnswerKind, firstShare: number): Promise<void> {
    const { token, model, longTokens } = this.options;
    const tokens = kind === 'long' ? longTokens : SHORT_TOKENS;
    const messages = [{ role: 'user', content: 'Tell me a story' }];
    const bodyFor = (max_tokens: number): string => JSON.stringify({ model, messages, max_tokens, stream: kind !== 'short' });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const request = { host: '127.0.0.1', port, path: '/v1/chat/completions', method: 'POST', agent: this.#agent, headers, timeout: REQUEST_LIMIT_MS };
    let body = bodyFor(Math.max(1, Math.round(tokens * firstShare)));
    while (this.#running) {
      const answer = await askOnce(request, body, kind);
      body = bodyFor(tokens);
      this.answers.push(answer);
      if (answer.end !== 'whole') await new Promise((resolve) => setTimeout(resolve, AFTER_FAILURE_MS));
    }
  }
}

function kindOf(index: number): AnswerKind {
  if (index % ONE_LONG_IN === 0) return 'long';
  return index % 2 === 0 ? 'stream' : 'short';
}

function askOnce(request: http.RequestOptions, body: string, kind: AnswerKind): Promise<Answer> {
  const startedAtMs = Date.now();
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let status: number | null = null;
    let revisionId: string | null = null;
    let text = '';
    const end = (how: Answer['end'], detail: string | null): void =>
      resolve({ kind, startedAtMs, ms: performance.now() - startedMs, status, revisionId, end: how, detail });
    const broken = ({ message }: Error): void => end(status === 200 ? 'cut' : 'failed', message);
    const sent = http.request(request, (response) => {
      status = response.statusCode ?? null;
      revisionId = (response.headers['x-revision-id'] as string | undefined) ?? null;
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', broken);
      response.on('end', () => {
        if (status !== 200) return end('failed', `status ${String(status)}: ${text.slice(0, 200)}`);
        if (isWhole(kind, text)) return end('whole', null);
        end(/"error"/.test(text) ? 'failed' : 'cut', `ended with ${text.slice(-120)}`);
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${REQUEST_LIMIT_MS} ms`)));
    sent.on('error', broken);
    sent.end(body);
  });
}

/** An answer is whole if it says why it ended; a stream, if it also says that it is done. */
function isWhole(kind: AnswerKind, text: string): boolean {
  const saysWhy = /"finish_reason":"(stop|length)"/.test(text);
  return saysWhy && (kind === 'short' || text.trimEnd().endsWith('data: [DONE]'));
}
