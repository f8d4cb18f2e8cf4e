import type OpenAI from 'openai';
import type { CompletionCreateParams } from 'openai/resources/completions';
import type { ErrorObject } from 'openai/resources/shared';
import type { z } from 'zod';
import { chatCompletion, chatCompletionChunk, chatCompletionRequest } from './chat-completion.js';
import { completionChunk, completionRequest, type completion } from './completion.js';
import { embeddingRequest, type embeddingList } from './embedding.js';
import { openAiErrorBody } from './error-body.js';
import { openAiModel } from './model.js';

/** Does not compile when a `From` is not a `To`: the check is the compiler's, and the tests below only run the schemas. */
type Fits<From extends To, To> = From;
/** Interfaces as plain objects, so that they may be held against schemas that let unknown fields pass. */
type Plain<T> = T extends string ? T : T extends readonly (infer Item)[] ? Plain<Item>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type In<S extends z.ZodType> = z.input<S>;
type Out<S extends z.ZodType> = z.output<S>;

/** Whatever OpenAI's client can send is accepted … */
export type Requests = [
  Fits<Plain<OpenAI.ChatCompletionCreateParams>, In<typeof chatCompletionRequest>>,
  Fits<Plain<CompletionCreateParams>, In<typeof completionRequest>>,
  Fits<Plain<OpenAI.EmbeddingCreateParams>, In<typeof embeddingRequest>>,
];
/** … and what passed our schemas is what its client expects to read. */
export type Answers = [
  Fits<Out<typeof chatCompletion>, OpenAI.ChatCompletion>,
  Fits<Out<typeof chatCompletionChunk>, OpenAI.ChatCompletionChunk>,
  Fits<Out<typeof completion>, OpenAI.Completion>,
  Fits<Out<typeof embeddingList>, OpenAI.CreateEmbeddingResponse>,
  Fits<Out<typeof openAiModel>, OpenAI.Model>,
  Fits<Out<typeof openAiErrorBody>['error'], ErrorObject>,
];

const answer = { id: 'x', created: 1, model: 'm', engine_field: true };
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

describe('the OpenAI wire types', () => {
  it.each<[string, z.ZodType, unknown]>([
    ['chat request', chatCompletionRequest, { model: 'm', messages: [{ role: 'user', content: 'hi' }], temperature: 0.2, top_k: 5 }],
    ['chat request with parts', chatCompletionRequest, { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] }],
    ['completion request', completionRequest, { model: 'm', prompt: [1, 2], min_p: 0.1 }],
    ['embedding request', embeddingRequest, { model: 'm', input: ['a'], truncate: true }],
    ['model', openAiModel, { id: 'm', object: 'model', created: 1, owned_by: 'o', permission: [] }],
    ['error', openAiErrorBody, { error: { message: 'm', type: 't', param: null, code: null, hint: 'h' } }],
  ])('S5.35: %s keeps the fields it does not know', (_name, schema, value) => {
    expect(schema.parse(value)).toEqual(value);
  });

  it('read as null what engines leave out of their answers', () => {
    const message = { role: 'assistant', content: 'hi' };
    const whole = { ...answer, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage };
    expect(chatCompletion.parse(whole)).toMatchObject({ engine_field: true, choices: [{ message: { ...message, refusal: null }, logprobs: null }] });
    const chunk = { ...answer, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'h' } }] };
    expect(chatCompletionChunk.parse(chunk)).toMatchObject({ choices: [{ delta: { content: 'h' }, finish_reason: null }] });
    const text = { ...answer, object: 'text_completion', choices: [{ index: 0, text: 'h' }] };
    expect(completionChunk.parse(text)).toMatchObject({ choices: [{ text: 'h', finish_reason: null, logprobs: null }] });
  });

  it('read as left out what engines write as null', () => {
    const message = { role: 'assistant', content: null, tool_calls: null, reasoning_content: null };
    const choices = [{ index: 0, message, finish_reason: 'stop', stop_reason: null }];
    const whole = { ...answer, object: 'chat.completion', system_fingerprint: null, choices, usage: { ...usage, prompt_tokens_details: null } };
    expect(chatCompletion.parse(whole)).toEqual({
      ...answer,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: null, refusal: null }, finish_reason: 'stop', stop_reason: null, logprobs: null }],
      usage,
    });
    const chunk = { ...answer, object: 'chat.completion.chunk', choices: [], usage: null };
    expect(chatCompletionChunk.parse(chunk)).not.toHaveProperty('usage');
  });

  it.each<[string, z.ZodType, unknown, string]>([
    ['no messages', chatCompletionRequest, { model: 'm', messages: [] }, 'messages'],
    ['no model', chatCompletionRequest, { messages: [{ role: 'user', content: 'hi' }] }, 'model'],
    ['an unknown role', chatCompletionRequest, { model: 'm', messages: [{ role: 'boss', content: 'hi' }] }, 'messages.0.role'],
    ['a temperature of text', completionRequest, { model: 'm', prompt: 'p', temperature: 'hot' }, 'temperature'],
    ['no prompt', completionRequest, { model: 'm' }, 'prompt'],
    ['no input', embeddingRequest, { model: 'm' }, 'input'],
  ])('refuse %s, naming the field', (_what, schema, value, field) => {
    expect(schema.safeParse(value).error?.issues.map(({ path }) => path.join('.'))).toEqual([field]);
  });
});
