/** Names of the two deployments, as clients address them. */
export const MODEL = 'bench';
export const STREAM_MODEL = 'bench-stream';

export const CHAT_PATH = '/v1/chat/completions';
export const CHUNKS_PER_STREAM = 200;
export const CHUNK_INTERVAL_MS = 5;

const question = (model: string, stream: boolean): string =>
  JSON.stringify({
    model,
    messages: [
      { role: 'system', content: 'You are a helpful assistant who answers in one sentence.' },
      { role: 'user', content: 'Which of the planets has the most moons, and how many of them?' },
    ],
    temperature: 0.7,
    max_tokens: 64,
    stream,
  });

/** 0.25 KB, as most first questions are. */
export const CHAT_QUESTION = question(MODEL, false);
export const STREAM_QUESTION = question(STREAM_MODEL, true);

/** 0.3 KB: small on purpose, so that what a gateway does by request is not lost in copying. */
export const CHAT_COMPLETION = JSON.stringify({
  id: 'chatcmpl-0198a0000000700080000000000000c0',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: MODEL,
  choices: [{ index: 0, message: { role: 'assistant', content: 'Saturn has the most moons.' }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 31, completion_tokens: 9, total_tokens: 40 },
});

const SENT = '"sentUs":';
const SENT_DIGITS = 16;

/** A streamed token that says when it was sent, in microseconds of the machine's monotonic clock. */
export function streamChunk(sentUs: number): string {
  const sent = String(sentUs).padStart(SENT_DIGITS, '0');
  return `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"${STREAM_MODEL}","choices":[{"index":0,"delta":{"content":" moon"},"finish_reason":null}],${SENT}"${sent}"}\n\n`;
}

/**
 * When the chunks in these bytes were sent, in order; what is left over at the end belongs before the next bytes.
 */
export function readChunks(bytes: Buffer, onSent: (sentUs: number) => void): Buffer {
  let from = 0;
  for (;;) {
    const found = bytes.indexOf(SENT, from, 'latin1');
    const start = found + SENT.length + 1;
    const end = start + SENT_DIGITS;
    if (found === -1 || end > bytes.length) return bytes.subarray(found === -1 ? Math.max(from, bytes.length - SENT.length + 1) : found);
    onSent(Number(bytes.toString('latin1', start, end)));
    from = end;
  }
}

/** The machine's monotonic clock, the same in every process. */
export const monotonicUs = (): number => Number(process.hrtime.bigint() / 1_000n);

/** What the OpenAI client sends beside them, wrk and node add `host` and `content-length`. */
export const clientHeaders = (token: string): Readonly<Record<string, string>> => ({
  accept: 'application/json',
  'content-type': 'application/json',
  authorization: `Bearer ${token}`,
  'user-agent': 'OpenAI/JS 6.1.0',
  'x-stainless-lang': 'js',
  'x-stainless-package-version': '6.1.0',
  'x-stainless-runtime': 'node',
});
