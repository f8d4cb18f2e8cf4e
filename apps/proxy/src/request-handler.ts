import type { DataPlane } from './data-plane.js';
import type { EngineHooks, Exchange, FlatHeaders, HeadRefusal } from './forward-engine.js';
import { modelList, shownModel, type ModelAnswer } from './model-list.js';
import { openAiError, type OpenAiErrorName } from '@slipway/contracts';
import { pinnedModel } from '@slipway/domain';
import { pathOf } from './openai-routes.js';
import { metricsOf, PROMETHEUS_CONTENT_TYPE } from './prometheus-text.js';
import { ProxiedRequest } from './proxied-request.js';
import { readHead, type ReadHead } from './request-head.js';
import { newRequestId } from './request-id.js';

export type RequestHandlerOptions = {
  readonly plane: DataPlane;
  /** The proxy has a routing table and is not stopping. */
  readonly isReady: () => boolean;
  /** Lower-case hex SHA-256 of the token that may read `/metrics`; null: only programs on this machine may. */
  readonly operatorTokenHash: string | null;
};

/** What the data port answers, to everyone. */
export function createRequestHandler(options: RequestHandlerOptions): EngineHooks {
  const { plane } = options;
  return {
    onExchange(exchange) {
      const head = readHead(exchange);
      const requestId = head.requestId ?? newRequestId();
      const { operation } = head;
      if (operation.type === 'infer') {
        new ProxiedRequest(plane, exchange, head, operation.name, requestId).begin();
        return;
      }
      const fill = { method: exchange.method, path: pathOf(exchange.target) };
      switch (operation.type) {
        case 'listModels':
          if (!plane.hasTable) return refuse(exchange, requestId, 'starting', {}, RETRY_SOON);
          return answerModels(exchange, requestId, modelList(plane.table, head.tokenHash, head.host, Date.now()));
        case 'showModel':
          if (!plane.hasTable) return refuse(exchange, requestId, 'starting', {}, RETRY_SOON);
          return answerModels(exchange, requestId, shownModel(plane.table, head.tokenHash, operation.model, Date.now()), operation.model);
        case 'liveness':
          return answerJson(exchange, requestId, 200, '{"status":"alive"}');
        case 'readiness':
          return options.isReady()
            ? answerJson(exchange, requestId, 200, `{"status":"ready","position":${plane.table.position}}`)
            : answerJson(exchange, requestId, 503, '{"status":"not ready"}');
        case 'metrics':
          return answerMetrics(exchange, requestId, head, options);
        case 'notAllowed':
          return refuse(exchange, requestId, 'methodNotAllowed', fill, ['allow', operation.allow]);
        case 'unknown':
          return refuse(exchange, requestId, 'unknownPath', fill);
      }
    },

    onBug(error) {
      plane.log('internal-error', { message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },

    refusal(reason) {
      plane.metrics.refusedHeads += 1;
      const { status, body } = openAiError(REFUSALS[reason]);
      return { status, headers: ['x-request-id', newRequestId(), 'content-type', 'application/json'], body };
    },
  };
}

const RETRY_SOON: FlatHeaders = ['retry-after', '1'];

const REFUSALS: Readonly<Record<HeadRefusal, OpenAiErrorName>> = {
  malformed: 'malformedRequest',
  headTooLarge: 'headTooLarge',
  timeout: 'requestTimeout',
};

function answerModels(exchange: Exchange, requestId: string, answer: ModelAnswer, model = ''): void {
  if ('body' in answer) return answerJson(exchange, requestId, 200, answer.body);
  const isUnknown = answer.refused === 'invalidApiKey' || answer.refused === 'expiredApiKey';
  const pinned = pinnedModel(model);
  const named = answer.refused === 'revisionNotFound' && pinned !== null ? { model: pinned.model, revision: pinned.pin } : { model };
  refuse(exchange, requestId, answer.refused, named, isUnknown ? ['www-authenticate', 'Bearer'] : []);
}

function answerMetrics(exchange: Exchange, requestId: string, head: ReadHead, { plane, operatorTokenHash }: RequestHandlerOptions): void {
  const isAllowed = operatorTokenHash === null ? isLocalProgram(exchange, head) : head.tokenHash === operatorTokenHash;
  if (!isAllowed) return refuse(exchange, requestId, 'metricsNotAllowed');
  exchange.answer(200, ['x-request-id', requestId, 'content-type', PROMETHEUS_CONTENT_TYPE], metricsOf(plane));
}

/**
 * From this machine, not through a proxy on it, and by an address: a page in a browser here that has its own host name
 * resolve to this address is not let in.
 */
function isLocalProgram({ headers, isFromLoopback }: Exchange, { host }: ReadHead): boolean {
  if (!isFromLoopback || headers['forwarded'] !== undefined || headers['x-forwarded-for'] !== undefined) return false;
  return LOCAL_HOST.test(host ?? '');
}

const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function refuse(
  exchange: Exchange,
  requestId: string,
  name: OpenAiErrorName,
  fill: Readonly<Record<string, string>> = {},
  extra: FlatHeaders = [],
): void {
  const { status, body } = openAiError(name, fill);
  answerJson(exchange, requestId, status, body, extra);
}

function answerJson(exchange: Exchange, requestId: string, status: number, body: string, extra: FlatHeaders = []): void {
  exchange.answer(status, ['x-request-id', requestId, 'content-type', 'application/json', ...extra], body);
}
