import type OpenAI from 'openai';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import { rootProblem } from '../graph/graph-failure.js';

export type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };
export type ChatSettings = { readonly maxTokens?: number; readonly temperature?: number; readonly topP?: number; readonly seed?: number };

/** The answer of a model as it comes. Failures are CliErrors. */
export async function* answerPieces(client: OpenAI, model: string, messages: readonly Message[], settings: ChatSettings, signal: AbortSignal): AsyncGenerator<string, void> {
  const { maxTokens, temperature, topP, seed } = settings;
  const chosen = {
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(seed === undefined ? {} : { seed }),
  };
  try {
    const chunks = await client.chat.completions.create({ model, messages: [...messages], stream: true, ...chosen }, { signal });
    for await (const chunk of chunks) yield chunk.choices[0]?.delta.content ?? '';
  } catch (error) {
    signal.throwIfAborted();
    throw endpointFailure(error);
  }
  signal.throwIfAborted(); // the client ends an aborted stream without a word
}

const UNAUTHORIZED = 401;
const SERVER_ERROR = 500;

/** What the endpoint, or the way to it, says: in the shape of the OpenAI API. */
export function endpointFailure(error: unknown): CliError {
  const { status, code, error: body } = error as { status?: number; code?: string | null; error?: { message?: string } };
  const message = body?.message ?? rootProblem(error);
  if (status === undefined) return new CliError(EXIT_CODES.notReachable, 'NOT_REACHABLE', `the endpoint cannot be reached: ${message}`, 'check that the proxy runs: "slipway get <deployment>" tells its address');
  if (status === UNAUTHORIZED) return new CliError(EXIT_CODES.notSignedIn, code ?? 'invalid_api_key', message, 'make a token: "slipway tokens create <deployment>"');
  return new CliError(status >= SERVER_ERROR ? EXIT_CODES.notReachable : EXIT_CODES.refused, code ?? String(status), message, status >= SERVER_ERROR ? 'see how it is: "slipway get <deployment>"' : null);
}
