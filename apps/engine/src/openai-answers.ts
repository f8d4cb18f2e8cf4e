import { randomUUID } from 'node:crypto';
import type { GenerationEnd } from './text-model.js';

export type Usage = {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
};

export type Choice = { readonly text: string; readonly end: GenerationEnd };

/** One API's wire form: the whole answer, or its pieces as event data. Pieces are built by hand: one per token. */
export type AnswerForm = {
  whole(choices: readonly Choice[], usage: Usage): unknown;
  /** Sent once per choice before its text; null when the API has no such piece. */
  opening(index: number): string | null;
  piece(index: number, text: string): string;
  closing(index: number, end: GenerationEnd): string;
  usage(usage: Usage): string;
};

export type AnswerHead = {
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** Whether pieces carry `"usage":null`, announcing the usage piece at the end. */
  readonly includeUsage: boolean;
};

export function usageOf(promptTokens: number, completionTokens: number, cachedTokens: number): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

export function chatForm({ model, created, includeUsage }: AnswerHead): AnswerForm {
  const id = `chatcmpl-${randomUUID()}`;
  const chunk = pieceFrame({ id, object: 'chat.completion.chunk', created, model }, includeUsage);
  const delta = (index: number, fields: string, end: string) =>
    chunk(`[{"index":${index},"delta":${fields},"logprobs":null,"finish_reason":${end}}]`);
  return {
    whole: (choices, usage) => ({
      id,
      object: 'chat.completion',
      created,
      model,
      choices: choices.map(({ text, end }, index) => ({
        index,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: null,
        finish_reason: end,
      })),
      usage,
    }),
    opening: (index) => delta(index, '{"role":"assistant","content":""}', 'null'),
    piece: (index, text) => delta(index, `{"content":${JSON.stringify(text)}}`, 'null'),
    closing: (index, end) => delta(index, '{}', `"${end}"`),
    usage: (usage) => JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices: [], usage }),
  };
}

export function completionForm({ model, created, includeUsage }: AnswerHead): AnswerForm {
  const id = `cmpl-${randomUUID()}`;
  const chunk = pieceFrame({ id, object: 'text_completion', created, model }, includeUsage);
  const choice = (index: number, text: string, end: string) =>
    chunk(`[{"index":${index},"text":${JSON.stringify(text)},"logprobs":null,"finish_reason":${end}}]`);
  return {
    whole: (choices, usage) => ({
      id,
      object: 'text_completion',
      created,
      model,
      choices: choices.map(({ text, end }, index) => ({ index, text, logprobs: null, finish_reason: end })),
      usage,
    }),
    opening: () => null,
    piece: (index, text) => choice(index, text, 'null'),
    closing: (index, end) => choice(index, '', `"${end}"`),
    usage: (usage) => JSON.stringify({ id, object: 'text_completion', created, model, choices: [], usage }),
  };
}

/** Everything around `choices` is the same in every piece of an answer. */
function pieceFrame(head: Readonly<Record<string, unknown>>, includeUsage: boolean): (choices: string) => string {
  const before = `${JSON.stringify(head).slice(0, -1)},"choices":`;
  const after = includeUsage ? ',"usage":null}' : '}';
  return (choices) => before + choices + after;
}
