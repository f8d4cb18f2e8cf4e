import { deliverAnswers } from './answer-delivery.js';
import { planChat, planCompletion, promptsOf } from './answer-plan.js';
import type { Exchange } from './exchange.js';
import type { ServingModel } from './generation.js';
import { chatForm, completionForm, usageOf, type AnswerHead } from './openai-answers.js';
import { badRequest, generationFailed, modelNotFound, queueFull, stoppedEarly, type Problem } from './openai-errors.js';
import {
  parseChatRequest,
  parseCompletionRequest,
  parseEmbeddingRequest,
  type ChatRequest,
  type CompletionRequest,
} from './openai-requests.js';

export type EndpointContext = { readonly serving: ServingModel; readonly servedNames: readonly string[] };

/** Answers a parsed body. A returned problem is still to be sent; null: the answer is sent. */
export type Endpoint = (context: EndpointContext, exchange: Exchange, body: unknown) => Promise<Problem | null>;

export const chatCompletions: Endpoint = async (context, exchange, body) => {
  const parsed = parseChatRequest(body);
  if ('problem' in parsed) return parsed.problem;
  const request = parsed.value;
  if (!context.servedNames.includes(request.model)) return modelNotFound(request.model);
  const planned = await planChat(context.serving, request, exchange.arrivedMs);
  if ('problem' in planned) return planned.problem;
  const head = headOf(request);
  const delivery = { form: chatForm(head), stream: request.stream ?? false, includeUsage: head.includeUsage };
  return deliverAnswers(context.serving, exchange, planned.plan, delivery);
};

export const completions: Endpoint = async (context, exchange, body) => {
  const parsed = parseCompletionRequest(body);
  if ('problem' in parsed) return parsed.problem;
  const request = parsed.value;
  if (!context.servedNames.includes(request.model)) return modelNotFound(request.model);
  const planned = planCompletion(context.serving, request, exchange.arrivedMs);
  if ('problem' in planned) return planned.problem;
  const head = headOf(request);
  const delivery = { form: completionForm(head), stream: request.stream ?? false, includeUsage: head.includeUsage };
  return deliverAnswers(context.serving, exchange, planned.plan, delivery);
};

export const embeddings: Endpoint = async ({ serving, servedNames }, exchange, body) => {
  const parsed = parseEmbeddingRequest(body);
  if ('problem' in parsed) return parsed.problem;
  const { model: name, input, encoding_format: encoding, dimensions } = parsed.value;
  if (!servedNames.includes(name)) return modelNotFound(name);
  const { model, queue, metrics } = serving;
  if (model.embeddingDimensions === null)
    return badRequest('This model generates text; it does not make embeddings.', 'model', 'unsupported_model');
  if (dimensions != null && dimensions !== model.embeddingDimensions)
    return badRequest(`This model's embeddings have ${model.embeddingDimensions} dimensions, no others.`, 'dimensions');
  const prompts = promptsOf(model, input, 'input');
  if ('problem' in prompts) return prompts.problem;
  if (!queue.hasRoomFor(1)) return queueFull(queue.waiting);
  const slot = await queue.acquire(exchange.signal);
  if (slot === 'aborted') return stoppedEarly();
  try {
    const data: unknown[] = [];
    let tokens = 0;
    for (const prompt of prompts.value) {
      if (exchange.signal.aborted) {
        metrics.finished.abort.add(1);
        return stoppedEarly();
      }
      const vector = await model.embed(prompt);
      tokens += prompt.tokens.length;
      metrics.promptTokens.add(prompt.tokens.length);
      data.push({ object: 'embedding', index: data.length, embedding: encodeVector(vector, encoding ?? 'float') });
    }
    metrics.finished.stop.add(1);
    const { prompt_tokens, total_tokens } = usageOf(tokens, 0, 0);
    exchange.sendJson(200, { object: 'list', data, model: name, usage: { prompt_tokens, total_tokens } });
    return null;
  } catch (cause) {
    metrics.finished.error.add(1);
    return generationFailed(cause);
  } finally {
    slot.release();
  }
};

export function modelList(names: readonly string[], created: number, contextTokensMax: number): unknown {
  return { object: 'list', data: names.map((name) => modelCard(name, created, contextTokensMax)) };
}

export function modelCard(id: string, created: number, contextTokensMax: number): unknown {
  return { id, object: 'model', created, owned_by: 'slipway', max_model_len: contextTokensMax };
}

/** base64 of little-endian 32-bit floats is what OpenAI's own client asks for. */
function encodeVector(vector: readonly number[], encoding: 'float' | 'base64'): readonly number[] | string {
  if (encoding === 'float') return vector;
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}

function headOf({ model, stream, stream_options: options }: ChatRequest | CompletionRequest): AnswerHead {
  const includeUsage = stream === true && options?.include_usage === true;
  return { model, created: Math.floor(Date.now() / 1000), includeUsage };
}
