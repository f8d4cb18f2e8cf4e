import type OpenAI from 'openai';
import {
  parseChatRequest,
  parseCompletionRequest,
  parseEmbeddingRequest,
  type ChatRequest,
  type CompletionRequest,
  type EmbeddingRequest,
} from './openai-requests.js';

/** Compiles only while what OpenAI's client may send for these fields is what the schemas take. */
type Accepts<Ours, Theirs> = Theirs extends Ours ? true : never;
const accepted: readonly true[] = [
  true satisfies Accepts<ChatRequest['temperature'], OpenAI.ChatCompletionCreateParams['temperature']>,
  true satisfies Accepts<ChatRequest['n'], OpenAI.ChatCompletionCreateParams['n']>,
  true satisfies Accepts<ChatRequest['seed'], OpenAI.ChatCompletionCreateParams['seed']>,
  true satisfies Accepts<ChatRequest['stop'], OpenAI.ChatCompletionCreateParams['stop']>,
  true satisfies Accepts<ChatRequest['stream'], OpenAI.ChatCompletionCreateParams['stream']>,
  true satisfies Accepts<ChatRequest['max_completion_tokens'], OpenAI.ChatCompletionCreateParams['max_completion_tokens']>,
  true satisfies Accepts<CompletionRequest['prompt'], NonNullable<OpenAI.CompletionCreateParams['prompt']>>,
  true satisfies Accepts<EmbeddingRequest['input'], OpenAI.EmbeddingCreateParams['input']>,
  true satisfies Accepts<EmbeddingRequest['encoding_format'], OpenAI.EmbeddingCreateParams['encoding_format']>,
];

const valueOf = <T>(parsed: { value: T } | { problem: unknown }): T => {
  if ('value' in parsed) return parsed.value;
  throw new Error(JSON.stringify(parsed.problem));
};

describe('request bodies', () => {
  it('take what the types of OpenAI’s client allow', () => expect(accepted.every(Boolean)).toBe(true));

  it('read every role and form of content', () => {
    const messages = [
      { role: 'developer', content: 'be brief' },
      { role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }] },
      { role: 'assistant', content: null, tool_calls: [{}] },
      { role: 'tool', tool_call_id: 'x', content: '42' },
    ];
    expect(valueOf(parseChatRequest({ model: 'm', messages })).messages).toEqual([
      { role: 'system', text: 'be brief' },
      { role: 'user', text: 'ab' },
      { role: 'assistant', text: '' },
      { role: 'user', text: '42' },
    ]);
  });

  it('take null for "not given", as OpenAI does', () => {
    const nothing = { temperature: null, top_p: null, n: null, stop: null, stream: null, max_tokens: null, seed: null };
    expect(parseChatRequest({ model: 'm', messages: [{ role: 'user', content: '' }], ...nothing })).toHaveProperty('value');
    expect(parseCompletionRequest({ model: 'm', prompt: 'x', logprobs: null, ...nothing })).toHaveProperty('value');
  });

  it('drop what they do not know, and do not choke on odd names (S5.35)', () => {
    const odd = JSON.parse('{"model":"m","prompt":"x","__proto__":{"a":1},"constructor":1,"toString":null}') as unknown;
    expect(valueOf(parseCompletionRequest(odd))).toEqual({ model: 'm', prompt: 'x' });
  });

  it.each([
    [{ prompt: 'x' }, 'model'],
    [{ model: 'm' }, 'prompt'],
    [{ model: 'm', prompt: [] }, 'prompt'],
    [{ model: 'm', prompt: [1, 'x'] }, 'prompt'],
    [{ model: 'm', prompt: [-1] }, 'prompt[0]'],
    [{ model: 'm', prompt: new Array(65).fill('x') }, 'prompt'],
    [{ model: 'm', prompt: 'x', stop: '' }, 'stop'],
    [{ model: 'm', prompt: 'x', logprobs: 3 }, 'logprobs'],
    [{ model: 'm', prompt: 'x', stream_options: { include_usage: 1 } }, 'stream_options.include_usage'],
  ])('name the field at fault: %j', (body, param) => {
    const parsed = parseCompletionRequest(body);
    expect(parsed).toMatchObject({ problem: { status: 400, param } });
  });

  it.each([[null], [undefined], [[]], ['text'], [7]])('are objects, not %p', (body) => {
    for (const parse of [parseChatRequest, parseCompletionRequest, parseEmbeddingRequest])
      expect(parse(body)).toMatchObject({ problem: { status: 400, param: null } });
  });
});
