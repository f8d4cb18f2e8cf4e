import type { Answer, ServingModel } from './generation.js';
import { badRequest, contextLengthExceeded, type Problem } from './openai-errors.js';
import type { ChatRequest, CompletionRequest, SamplingFields } from './openai-requests.js';
import type { FormatGuide, Prompt, PromptOutcome, SamplingOptions, TextModel } from './text-model.js';

/** Everything that can be refused about a request has been checked when there is a plan. */
export type AnswerPlan = { readonly answers: readonly Answer[]; readonly promptTokens: number };
export type PlanOutcome = { readonly plan: AnswerPlan } | { readonly problem: Problem };

export async function planChat({ model }: ServingModel, request: ChatRequest, arrivedMs: number): Promise<PlanOutcome> {
  if (!model.generatesText) return { problem: embedsOnly() };
  const prompt = promptOf(model, model.promptOfMessages(request.messages), 'messages');
  if ('problem' in prompt) return prompt;
  const format = await guideOf(model, request);
  if ('problem' in format) return format;
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? null;
  return planAnswers(model, [prompt.value], 'messages', { request, maxTokens, guide: format.guide, arrivedMs });
}

export function planCompletion({ model }: ServingModel, request: CompletionRequest, arrivedMs: number): PlanOutcome {
  if (!model.generatesText) return { problem: embedsOnly() };
  const prompts = promptsOf(model, request.prompt, 'prompt');
  if ('problem' in prompts) return prompts;
  const maxTokens = request.max_tokens ?? null;
  return planAnswers(model, prompts.value, 'prompt', { request, maxTokens, guide: null, arrivedMs });
}

/** One prompt per text or token list; a bare string or token list is one prompt. */
export function promptsOf(
  model: TextModel,
  input: CompletionRequest['prompt'],
  param: string,
): { readonly value: readonly Prompt[] } | { readonly problem: Problem } {
  const prompts: Prompt[] = [];
  for (const single of singles(input)) {
    const outcome = typeof single === 'string' ? model.promptOfText(single) : model.promptOfTokens(single);
    const prompt = promptOf(model, outcome, param);
    if ('problem' in prompt) return prompt;
    prompts.push(prompt.value);
  }
  return { value: prompts };
}

function singles(input: CompletionRequest['prompt']): readonly (string | readonly number[])[] {
  if (typeof input === 'string') return [input];
  return isTokens(input) ? [input] : input;
}

function isTokens(input: readonly (string | number | number[])[]): input is number[] {
  return typeof input[0] === 'number';
}

function promptOf(
  model: TextModel,
  outcome: PromptOutcome,
  param: string,
): { readonly value: Prompt } | { readonly problem: Problem } {
  if ('refused' in outcome) return { problem: badRequest(outcome.refused, param) };
  const { contextTokensMax } = model;
  const tooLong = (promptTokens: number | null) => ({
    problem: contextLengthExceeded({ contextTokensMax, promptTokens, answerTokens: null, param }),
  });
  if ('tooLong' in outcome) return tooLong(null);
  const promptTokens = outcome.prompt.tokens.length;
  if (promptTokens === 0) return { problem: badRequest(`\`${param}\` must not be empty.`, param) };
  return promptTokens >= contextTokensMax ? tooLong(promptTokens) : { value: outcome.prompt };
}

async function guideOf(
  model: TextModel,
  { response_format: format }: ChatRequest,
): Promise<{ readonly guide: FormatGuide | null } | { readonly problem: Problem }> {
  if (format?.type !== 'json_object' && format?.type !== 'json_schema') return { guide: null };
  const outcome = await model.prepareFormat(
    format.type === 'json_object' ? { type: 'json' } : { type: 'json-schema', schema: format.json_schema.schema },
  );
  if ('guide' in outcome) return outcome;
  return { problem: badRequest(`This \`response_format\` cannot be kept: ${outcome.refused}.`, 'response_format') };
}

type Wishes = {
  readonly request: Pick<ChatRequest, keyof SamplingFields | 'n' | 'stop'>;
  /** Null: as many as fit. */
  readonly maxTokens: number | null;
  readonly guide: FormatGuide | null;
  readonly arrivedMs: number;
};

function planAnswers(
  { contextTokensMax }: TextModel,
  prompts: readonly Prompt[],
  param: string,
  { request, maxTokens, guide, arrivedMs }: Wishes,
): PlanOutcome {
  const { stop } = request;
  const answers: Answer[] = [];
  for (const prompt of prompts) {
    const promptTokens = prompt.tokens.length;
    const room = contextTokensMax - promptTokens;
    if (maxTokens !== null && maxTokens > room)
      return { problem: contextLengthExceeded({ contextTokensMax, promptTokens, answerTokens: maxTokens, param }) };
    for (let index = 0; index < (request.n ?? 1); index++) {
      const options = { maxTokens: maxTokens ?? room, sampling: samplingOf(request, index), guide };
      const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
      answers.push({ prompt, options, stop: stops, arrivedMs, countsPrompt: index === 0 });
    }
  }
  return { plan: { answers, promptTokens: prompts.reduce((sum, prompt) => sum + prompt.tokens.length, 0) } };
}

/** OpenAI's defaults. The choices of one request take seeds in a row, or all would be the same. */
function samplingOf(request: SamplingFields, choice: number): SamplingOptions {
  const { seed } = request;
  return {
    temperature: request.temperature ?? 1,
    topP: request.top_p ?? 1,
    topK: Math.max(0, request.top_k ?? 0),
    minP: request.min_p ?? 0,
    frequencyPenalty: request.frequency_penalty ?? 0,
    presencePenalty: request.presence_penalty ?? 0,
    seed: seed == null ? null : Number(BigInt.asUintN(32, BigInt(seed) + BigInt(choice))),
  };
}

function embedsOnly(): Problem {
  return badRequest('This model makes embeddings only; it does not generate text.', 'model', 'unsupported_model');
}
