import { RETRY_AFTER_SECONDS } from './limits.js';

/** A refusal on its way to the client, in OpenAI's terms. */
export type Problem = {
  readonly status: number;
  readonly type: 'invalid_request_error' | 'rate_limit_error' | 'server_error';
  readonly code: string | null;
  /** The request field at fault, such as `messages[0].role`. */
  readonly param: string | null;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export const RETRY_LATER = { 'retry-after': String(RETRY_AFTER_SECONDS) };

export function errorBody({ message, type, param, code }: Problem): { error: Record<string, string | null> } {
  return { error: { message, type, param, code } };
}

export function badRequest(message: string, param: string | null = null, code: string | null = null): Problem {
  return { status: 400, type: 'invalid_request_error', code, param, message };
}

export function modelNotFound(model: string): Problem {
  const message = `The model \`${model.slice(0, 200)}\` does not exist here.`;
  return { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model', message };
}

export function notFound(method: string, path: string): Problem {
  const message = `Unknown address: ${method} ${path.slice(0, 200)}`;
  return { status: 404, type: 'invalid_request_error', code: 'unknown_url', param: null, message };
}

export function methodNotAllowed(allow: string): Problem {
  const message = `This address answers ${allow} only.`;
  const headers = { allow };
  return { status: 405, type: 'invalid_request_error', code: 'method_not_allowed', param: null, message, headers };
}

export function invalidApiKey(): Problem {
  const message = 'A valid API key is needed: Authorization: Bearer <key>.';
  const headers = { 'www-authenticate': 'Bearer' };
  return { status: 401, type: 'invalid_request_error', code: 'invalid_api_key', param: null, message, headers };
}

export function unavailable(code: 'model_loading' | 'draining', message: string): Problem {
  return { status: 503, type: 'server_error', code, param: null, message, headers: RETRY_LATER };
}

/** Nobody reads this when the client went away; somebody does when the drain limit was reached. */
export function stoppedEarly(): Problem {
  return unavailable('draining', 'The engine stopped before the answer was complete.');
}

/** For bytes that never became a request; `errorCode` is Node's. */
export function malformedRequest(errorCode: string | undefined): Problem {
  const [status, message] =
    errorCode === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'The request did not arrive in time.']
      : errorCode === 'HPE_HEADER_OVERFLOW'
        ? [431, 'The request header is too large.']
        : [400, 'This is not a well-formed HTTP request.'];
  return { status, type: 'invalid_request_error', code: null, param: null, message };
}

export function queueFull(waiting: number): Problem {
  const message = `The engine is full: ${waiting} answers are waiting already. Try again shortly.`;
  return { status: 429, type: 'rate_limit_error', code: 'engine_overloaded', param: null, message, headers: RETRY_LATER };
}

export function generationFailed(cause: unknown): Problem {
  const message = `The model failed: ${cause instanceof Error ? cause.message : String(cause)}`;
  return { status: 500, type: 'server_error', code: 'generation_failed', param: null, message };
}

export function contextLengthExceeded(lengths: {
  readonly contextTokensMax: number;
  /** Null: too long even to be counted. */
  readonly promptTokens: number | null;
  readonly answerTokens: number | null;
  readonly param: string;
}): Problem {
  const { contextTokensMax, promptTokens, answerTokens, param } = lengths;
  const limit = `This model's maximum context length is ${contextTokensMax} tokens.`;
  const own = `your ${param} ${param === 'messages' ? 'have' : 'has'}`;
  const fit =
    promptTokens === null
      ? `However, ${own} far more than that. Please shorten it.`
      : answerTokens === null || promptTokens >= contextTokensMax
        ? `However, ${own} ${promptTokens} tokens, which leaves no room for an answer. Please shorten it.`
        : `However, you asked for ${promptTokens + answerTokens} tokens (${promptTokens} in the ${param}, ` +
          `${answerTokens} for the answer). Please shorten the ${param} or lower max_tokens.`;
  return badRequest(`${limit} ${fit}`, param, 'context_length_exceeded');
}
