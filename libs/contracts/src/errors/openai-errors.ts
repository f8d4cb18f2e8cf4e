/** Every error this proxy answers itself, in the shape OpenAI clients understand. `{…}` in a message is filled in. */
const ERRORS = {
  invalidApiKey: {
    status: 401,
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: 'No valid API key was given. Send one as `Authorization: Bearer <key>`.',
  },
  expiredApiKey: { status: 401, type: 'invalid_request_error', code: 'invalid_api_key', message: 'The API key has expired.' },
  metricsNotAllowed: {
    status: 403,
    type: 'invalid_request_error',
    code: 'operator_only',
    message: 'Metrics are for the operator of this proxy.',
  },
  revisionPinNotAllowed: {
    status: 403,
    type: 'invalid_request_error',
    code: 'revision_pin_not_allowed',
    message:
      'This API key may not choose a revision. Use one that was created with `mayPinRevisions: true`, or leave out the header `x-revision-id` and the `@…` of the model.',
  },
  modelNotFound: {
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: 'The model `{model}` does not exist or you do not have access to it.',
    param: 'model',
  },
  revisionNotFound: {
    status: 404,
    type: 'invalid_request_error',
    code: 'revision_not_found',
    message: 'The model `{model}` has no revision `{revision}`.',
  },
  unknownPath: { status: 404, type: 'invalid_request_error', code: 'unknown_url', message: 'There is nothing at {method} {path}.' },
  methodNotAllowed: {
    status: 405,
    type: 'invalid_request_error',
    code: 'method_not_allowed',
    message: '{path} does not take {method}.',
  },
  malformedRequest: {
    status: 400,
    type: 'invalid_request_error',
    code: 'malformed_request',
    message: 'The request is not valid HTTP/1.1 as this server takes it.',
  },
  invalidUtf8: { status: 400, type: 'invalid_request_error', code: 'invalid_utf8', message: 'The body is not valid UTF-8.' },
  invalidJson: { status: 400, type: 'invalid_request_error', code: 'invalid_json', message: 'The body is not a JSON object.' },
  missingModel: {
    status: 400,
    type: 'invalid_request_error',
    code: 'missing_model',
    message: 'The body has no `model`, a string of 1 to {modelLengthMax} characters.',
    param: 'model',
  },
  requestTimeout: { status: 408, type: 'invalid_request_error', code: 'request_timeout', message: 'The request took too long to arrive.' },
  bodyTooLarge: {
    status: 413,
    type: 'invalid_request_error',
    code: 'request_too_large',
    message: 'The body is longer than {bodyBytesMax} bytes.',
  },
  headTooLarge: { status: 431, type: 'invalid_request_error', code: 'headers_too_large', message: 'The head of the request is too large.' },
  badUpstreamAnswer: {
    status: 502,
    type: 'server_error',
    code: 'bad_upstream_answer',
    message: 'The model server gave an answer that cannot be passed on.',
  },
  modelUnavailable: {
    status: 503,
    type: 'server_error',
    code: 'model_unavailable',
    message: 'No replica of the model can serve the request now.',
  },
  revisionNotReady: {
    status: 503,
    type: 'server_error',
    code: 'revision_not_ready',
    message: 'No replica of revision `{revision}` of the model `{model}` can serve the request now. A revision has replicas while it is being activated or in use.',
  },
  overloaded: { status: 503, type: 'server_error', code: 'overloaded', message: 'The proxy holds as many requests as it may.' },
  starting: { status: 503, type: 'server_error', code: 'starting', message: 'The proxy is starting and has no routing table yet.' },
  upstreamTimeout: {
    status: 504,
    type: 'server_error',
    code: 'upstream_timeout',
    message: 'The model server did not begin to answer in time.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

type ErrorEntry = {
  readonly status: number;
  readonly type: 'invalid_request_error' | 'server_error';
  readonly code: string;
  readonly message: string;
  readonly param?: string;
};

export type OpenAiErrorName = keyof typeof ERRORS;

/** All of them, for documents and tests. */
export const OPENAI_ERRORS: Readonly<Record<OpenAiErrorName, ErrorEntry>> = ERRORS;

/** Longest piece of a client's own text that is said back to it. */
const ECHO_LENGTH_MAX = 200;

/** Status and JSON body of an error. */
export function openAiError(name: OpenAiErrorName, fill: Readonly<Record<string, string>> = {}): { readonly status: number; readonly body: string } {
  const { status, type, code, message, param = null } = OPENAI_ERRORS[name];
  const filled = message.replace(/\{(\w+)\}/g, (_, key: string) => (fill[key] ?? '').slice(0, ECHO_LENGTH_MAX));
  return { status, body: JSON.stringify({ error: { message: filled, type, param, code } }) };
}
