/** What a request asks of the data plane, by its method and path alone. */
export type Operation =
  | { readonly type: 'infer' }
  | { readonly type: 'listModels' }
  | { readonly type: 'showModel'; readonly model: string }
  | { readonly type: 'liveness' }
  | { readonly type: 'readiness' }
  | { readonly type: 'metrics' }
  | { readonly type: 'notAllowed'; readonly allow: string }
  | { readonly type: 'unknown' };

const INFER: Operation = { type: 'infer' };
const UNKNOWN: Operation = { type: 'unknown' };

/**
 * Plain segments only: nothing in a path may mean something else to an engine than it means here
 * (no dots, no escapes, no empty segments).
 */
const INFERENCE_PATH = /^\/v1(?:\/[A-Za-z0-9_-]+)+$/;

/** These change an engine (vLLM's adapters) or belong to no single model: never passed on. */
const ADMINISTRATIVE_PATHS: ReadonlySet<string> = new Set(['/v1/load_lora_adapter', '/v1/unload_lora_adapter', '/v1/models']);

const FIXED: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['/v1/models', { type: 'listModels' }],
  ['/healthz', { type: 'liveness' }],
  ['/readyz', { type: 'readiness' }],
  ['/metrics', { type: 'metrics' }],
]);

export function operationOf(method: string, target: string): Operation {
  const path = pathOf(target);
  if (method === 'POST' && isInferencePath(path)) return INFER;
  const fixed = FIXED.get(path) ?? shownModel(path);
  if (fixed !== undefined) return method === 'GET' ? fixed : { type: 'notAllowed', allow: 'GET' };
  return isInferencePath(path) ? { type: 'notAllowed', allow: 'POST' } : UNKNOWN;
}

export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

function isInferencePath(path: string): boolean {
  if (path === '/v1/chat/completions') return true; // most requests
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
