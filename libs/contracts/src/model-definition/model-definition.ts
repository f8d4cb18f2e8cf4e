import { splitWords, type FrozenModelDefinition, type HealthCheck, type Json, type JsonObject, type ModelDefinition } from '@slipway/domain';
import { isCollection, isScalar, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import type { FieldProblem } from '../errors/error-catalogue.js';

/** A definition is a page of text; anything larger is a mistake. */
export const MODEL_DEFINITION_BYTES_MAX = 256 * 1024;
const MODELS_MAX = 16;
const NODES_MAX = 20_000;
const DEPTH_MAX = 50;

const seconds = z.number().min(0).max(86_400);
const json: z.ZodType<Json> = z.json();
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);
const command = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(200)]);

/** Defaults as Backend.AI implemented them. */
const healthCheck = z.strictObject({
  enable: z.boolean().default(false),
  interval: seconds.default(10),
  path: z.string().regex(/^\//, 'must begin with /').default('/health'),
  max_retries: z.number().int().min(1).max(1000).default(10),
  max_wait_time: seconds.default(15),
  expected_status_code: z.number().int().min(100).max(599).default(200),
  initial_delay: seconds.default(60),
});

const service = z.strictObject({
  pre_start_actions: z.array(z.strictObject({ action: z.string().min(1), args: jsonObject.default({}) })).default([]),
  command: command.optional(),
  start_command: command.optional(),
  shell: z.string().optional(),
  port: z.number().int().min(2).max(65_535),
  health_check: healthCheck.optional(),
});

const model = z.strictObject({
  name: z.string().min(1),
  model_path: z.string().min(1),
  service: service.optional(),
  metadata: jsonObject.default({}),
});

const definition = z.strictObject({ models: z.array(model).min(1).max(MODELS_MAX) });

/** Reads the text of a `model-definition.yaml`; every problem names its field, as in `models[0].service.port`. */
export function parseModelDefinition(text: string): FrozenModelDefinition | { readonly problems: readonly FieldProblem[] } {
  if (new TextEncoder().encode(text).length > MODEL_DEFINITION_BYTES_MAX)
    return { problems: [{ field: '(file)', problem: `is larger than ${MODEL_DEFINITION_BYTES_MAX} bytes` }] };
  const document = parseDocument(text, { prettyErrors: true });
  const syntax = document.errors[0];
  if (syntax !== undefined) return { problems: [{ field: '(file)', problem: syntax.message.split('\n')[0] ?? 'is not YAML' }] };
  const shape = tooComplex(document);
  if (shape !== null) return { problems: [{ field: '(file)', problem: shape }] };
  const parsed = definition.safeParse(document.toJS({ maxAliasCount: 20 }));
  if (!parsed.success) return { problems: parsed.error.issues.flatMap(problemsOf) };
  const problems: FieldProblem[] = [];
  const models = parsed.data.models.map((entry, index) => toDomain(entry, `models[${index}]`, problems));
  return problems.length > 0 ? { problems } : { text, models };
}

function tooComplex(document: ReturnType<typeof parseDocument>): string | null {
  let nodes = 0;
  let problem: string | null = null;
  visit(document, {
    Node: (_key, node, path) => {
      if (!isScalar(node) && !isCollection(node)) return undefined;
      if (++nodes > NODES_MAX) problem = `has more than ${NODES_MAX} values`;
      else if (path.length > DEPTH_MAX) problem = `is nested deeper than ${DEPTH_MAX}`;
      return problem === null ? undefined : visit.BREAK;
    },
  });
  return problem;
}

function problemsOf(issue: z.core.$ZodIssue): FieldProblem[] {
  const at = fieldPath(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: at === '(file)' ? key : `${at}.${key}`, problem: 'is not a known field' }));
  return [{ field: at, problem: issue.message }];
}

function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(file)';
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
}

function toDomain(entry: z.output<typeof model>, at: string, problems: FieldProblem[]): ModelDefinition {
  const { name, model_path: modelPath, metadata } = entry;
  if (entry.service === undefined) return { name, modelPath, service: null, metadata };
  const { pre_start_actions: preStartActions, start_command: given, command: older, port, health_check: check } = entry.service;
  const startCommand = argv(given ?? older ?? [], `${at}.service.start_command`, problems);
  if (given === undefined && older === undefined) problems.push({ field: `${at}.service.start_command`, problem: 'is required' });
  return { name, modelPath, metadata, service: { preStartActions, startCommand, port, healthCheck: toHealthCheck(check) } };
}

function argv(line: string | readonly string[], field: string, problems: FieldProblem[]): readonly string[] {
  if (typeof line !== 'string') return line;
  const words = splitWords(line);
  if ('problem' in words) problems.push({ field, problem: words.problem });
  return 'problem' in words ? [] : words;
}

function toHealthCheck(check: z.output<typeof healthCheck> | undefined): HealthCheck | null {
  if (check === undefined || !check.enable) return null;
  return {
    path: check.path,
    intervalMs: check.interval * 1000,
    retriesMax: check.max_retries,
    timeoutMs: check.max_wait_time * 1000,
    expectedStatus: check.expected_status_code,
    initialDelayMs: check.initial_delay * 1000,
  };
}
