/** What a model is asked for, in the words of the conventions for generative AI, and at which path. */
export const INFERENCE_ROUTES = {
  chat: '/v1/chat/completions',
  text_completion: '/v1/completions',
  embeddings: '/v1/embeddings',
  _OTHER: '/v1/*',
} as const;
export type InferenceName = keyof typeof INFERENCE_ROUTES;

/** What a request asks of the data plane, by its method and path alone. */
export type Operation =
  | { readonly type: 'infer'; readonly name: InferenceName }
  | { readonly type: 'listModels' }
  | { readonly type: 'showModel'; readonly model: string }
  | { readonly type: 'liveness' }
  | { readonly type: 'readiness' }
  | { readonly type: 'metrics' }
  | { readonly type: 'notAllowed'; readonly allow: string }
  | { readonly type: 'unknown' };

const CHAT: Operation = { type: 'infer', name: 'chat' };
const OTHER: Operation = { type: 'infer', name: '_OTHER' };
const UNKNOWN: Operation = { type: 'unknown' };

/**
 * Plain segments only: nothing in a path may mean something else to an engine than it means here
 * (no dots, no escapes, no empty segments).
 */
const INFERENCE_PATH = /^\/v1(?:\/[A-Za-z0-9_-]+)+$/;

/** These change an engine (vLLM's adapters) or belong to no single model: never passed on. */
const ADMINISTRATIVE_PATHS: ReadonlySet<string> = new Set(['/v1/load_lora_adapter', '/v1/unload_lora_adapter', '/v1/models']);

const NAMED: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [INFERENCE_ROUTES.text_completion, { type: 'infer', name: 'text_completion' }],
  [INFERENCE_ROUTES.embeddings, { type: 'infer', name: 'embeddings' }],
]);

const FIXED: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['/v1/models', { type: 'listModels' }],
  ['/healthz', { type: 'liveness' }],
  ['/readyz', { type: 'readiness' }],
  ['/metrics', { type: 'metrics' }],
]);

export function operationOf(method: string, target: string): Operation {
  const path = pathOf(target);
  if (method === 'POST' && path === INFERENCE_ROUTES.chat) return CHAT; // most requests
  if (method === 'POST' && isInferencePath(path)) return NAMED.get(path) ?? OTHER;
  const fixed = FIXED.get(path) ?? shownModel(path);
  if (fixed !== undefined) return method === 'GET' ? fixed : { type: 'notAllowed', allow: 'GET' };
  return isInferencePath(path) ? { type: 'notAllowed', allow: 'POST' } : UNKNOWN;
}

export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

function isInferencePath(path: string): boolean {
  return INFERENCE_PATH.test(path) && !ADMINISTRATIVE_PATHS.has(path) && !path.startsWith('/v1/models/');
}

const MODEL_PREFIX = '/v1/models/';

function shownModel(path: string): Operation | undefined {
  if (!path.startsWith(MODEL_PREFIX) || path.length === MODEL_PREFIX.length) return undefined;
  try {
    return { type: 'showModel', model: decodeURIComponent(path.slice(MODEL_PREFIX.length)) };
  } catch {
    return undefined; // not a percent-encoding of UTF-8: the name of nothing
  }
}
