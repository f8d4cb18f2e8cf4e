import { createApiKeyCheck } from './api-key.js';
import { chatCompletions, completions, embeddings, modelCard, modelList, type Endpoint } from './endpoints.js';
import type { EngineServerOptions } from './engine-server.js';
import type { Exchange } from './exchange.js';
import type { ServingModel } from './generation.js';
import { readJsonBody } from './json-body.js';
import { BODY_BYTES_MAX } from './limits.js';
import { invalidApiKey, methodNotAllowed, modelNotFound, notFound, unavailable } from './openai-errors.js';
import { METRICS_CONTENT_TYPE } from './prometheus-text.js';

export type EngineState = { phase: 'loading' | 'ready' | 'draining'; serving: ServingModel | null };

const POST_ENDPOINTS = new Map<string, Endpoint>([
  ['/v1/chat/completions', chatCompletions],
  ['/v1/completions', completions],
  ['/v1/embeddings', embeddings],
]);

const MODEL_PREFIX = '/v1/models/';

/** Takes every exchange to its endpoint, and sees to it that each one is answered. Never rejects. */
export function createEngineRouter(
  options: EngineServerOptions,
  state: EngineState,
): (exchange: Exchange) => Promise<void> {
  const hasKey = createApiKeyCheck(options.apiKey);
  const created = Math.floor(Date.now() / 1000);

  const respond = async (exchange: Exchange): Promise<void> => {
    const { request } = exchange;
    const method = request.method ?? 'GET';
    const path = pathOf(request.url);
    const reads = method === 'GET' || method === 'HEAD';
    if (path === '/health') {
      const ready = state.phase === 'ready';
      return reads
        ? exchange.sendJson(ready ? 200 : 503, { status: state.phase })
        : exchange.sendProblem(methodNotAllowed('GET'));
    }
    if (!hasKey(request.headers.authorization)) return exchange.sendProblem(invalidApiKey());
    const endpoint = POST_ENDPOINTS.get(path);
    const known = endpoint !== undefined || path === '/metrics' || path === '/v1/models' || path.startsWith(MODEL_PREFIX);
    if (!known) return exchange.sendProblem(notFound(method, path));
    if (endpoint === undefined ? !reads : method !== 'POST')
      return exchange.sendProblem(methodNotAllowed(endpoint === undefined ? 'GET' : 'POST'));

    const { serving } = state;
    if (serving === null) return exchange.sendProblem(unavailable('model_loading', 'The model is still loading.'));
    const { contextTokensMax } = serving.model;
    if (path === '/metrics') return exchange.sendText(200, METRICS_CONTENT_TYPE, serving.metrics.render());
    if (path === '/v1/models') return exchange.sendJson(200, modelList(options.servedNames, created, contextTokensMax));
    if (endpoint === undefined) {
      const name = decodeName(path.slice(MODEL_PREFIX.length));
      if (!options.servedNames.includes(name)) return exchange.sendProblem(modelNotFound(name));
      return exchange.sendJson(200, modelCard(name, created, contextTokensMax));
    }
    if (state.phase === 'draining')
      return exchange.sendProblem(unavailable('draining', 'The engine is stopping and takes no new requests.'));

    const read = await readJsonBody(request, options.bodyBytesMax ?? BODY_BYTES_MAX);
    if (read === 'aborted') return;
    if ('problem' in read) return exchange.sendProblem(read.problem);
    const problem = await endpoint({ serving, servedNames: options.servedNames }, exchange, read.body);
    if (problem === null) return;
    if (problem.code === 'generation_failed') reportFailure(exchange, problem.message);
    exchange.sendProblem(problem);
  };
  const reportFailure = ({ requestId }: Exchange, message: string) => options.onFailure?.({ requestId, message });

  return async (exchange) => {
    try {
      await respond(exchange);
    } catch (cause) {
      // a defect of ours: it costs this one request, is reported, and the others go on
      const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      reportFailure(exchange, message);
      exchange.abort();
      const problem = { status: 500, type: 'server_error', code: 'internal_error', param: null } as const;
      exchange.sendProblem({ ...problem, message: 'The engine met an unexpected condition.' });
    }
  };
}

function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] ?? '/';
}

/** A name that is not valid percent-encoding is no model's name; it is shown as it came. */
function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
