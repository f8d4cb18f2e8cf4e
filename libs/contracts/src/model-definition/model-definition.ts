import { splitWords, type FrozenModelDefinition, type HealthCheck, type Json, type JsonObject, type ModelDefinition } from '@slipway/domain';
import { z } from 'zod';
import type { FieldProblem } from '../errors/error-catalogue.js';
import { readYaml } from './read-yaml.js';

/** A definition is a page of text; anything larger is a mistake, and would hold up everyone else while it is parsed. */
export const MODEL_DEFINITION_BYTES_MAX = 64 * 1024;
const MODELS_MAX = 16;
/** Problems said at once; what is further wrong shows when these are put right. */
const PROBLEMS_MAX = 50;
const COMMAND_WORDS_MAX = 200;
const CHECK_INTERVAL_SECONDS_MIN = 0.1;
const DURATION_SECONDS_MAX = 86_400;

const seconds = z.number().min(0).max(DURATION_SECONDS_MAX);
const interval = seconds.min(CHECK_INTERVAL_SECONDS_MIN);
const json: z.ZodType<Json> = z.json();
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);
const word = z.string().min(1).regex(/^[^\0]*$/, 'contains a NUL character');
const command = z.union([z.string(), z.array(word).min(1).max(COMMAND_WORDS_MAX)], 'must be a command line or a list of words');
/** `metadata:` with nothing behind it is null in YAML, and means that there is none. */
const orNone = <T extends z.ZodType>(schema: T) => schema.nullish().transform((given) => given ?? undefined);

/** Defaults as Backend.AI implemented them. */
const healthCheck = z.strictObject({
  enable: z.boolean().default(false),
  interval: interval.default(10),
  path: z.string().regex(/^\//, 'must begin with /').default('/health'),
  max_retries: z.number().int().min(1).max(1000).default(10),
  max_wait_time: interval.default(15),
  expected_status_code: z.number().int().min(100).max(599).default(200),
  initial_delay: seconds.default(60),
});

const service = z.strictObject({
  pre_start_actions: orNone(z.array(z.strictObject({ action: z.string().min(1), args: orNone(jsonObject) }))),
  command: command.optional(),
  start_command: command.optional(),
  shell: z.string().optional(),
  port: z.number().int().min(2).max(65_535),
  health_check: orNone(healthCheck),
});

const model = z.strictObject({
  name: z.string().min(1),
  model_path: z.string().min(1),
  service: orNone(service),
  metadata: orNone(jsonObject),
});

const definition = z.strictObject({ models: z.array(model).min(1).max(MODELS_MAX) });

/** Reads the text of a `model-definition.yaml`; every problem names its field, as in `models[0].service.port`. */
export function parseModelDefinition(text: string): FrozenModelDefinition | { readonly problems: readonly FieldProblem[] } {
  if (new TextEncoder().encode(text).length > MODEL_DEFINITION_BYTES_MAX)
    return { problems: [{ field: '(file)', problem: `is larger than ${MODEL_DEFINITION_BYTES_MAX} bytes` }] };
  const yaml = readYaml(text);
  if ('problem' in yaml) return { problems: [{ field: '(file)', problem: yaml.problem }] };
  const parsed = definition.safeParse(yaml.value);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap(problemsOf).slice(0, PROBLEMS_MAX) };
  const problems: FieldProblem[] = [];
  const models = parsed.data.models.map((entry, index) => toDomain(entry, `models[${index}]`, problems));
  return problems.length > 0 ? { problems } : { text, models };
}

function problemsOf(issue: z.core.$ZodIssue): FieldProblem[] {
  const at = fieldPath(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: at === '(file)' ? key : `${at}.${key}`, problem: 'is not a known field' }));
  return [{ field: at, problem: inWords(issue.message) }];
}

/** A sentence whose subject is the field. */
function inWords(message: string): string {
  if (message.endsWith('received undefined')) return 'is required';
  return message.replace(/^Invalid input: expected (\w+), received (\w+)$/, 'must be of type $1, not $2');
}

function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(file)';
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
}

function toDomain(entry: z.output<typeof model>, at: string, problems: FieldProblem[]): ModelDefinition {
  const { name, model_path: modelPath, metadata = {} } = entry;
  if (entry.service === undefined) return { name, modelPath, service: null, metadata };
  const { pre_start_actions: actions = [], port, health_check: check } = entry.service;
  const preStartActions = actions.map(({ action, args = {} }) => ({ action, args }));
  const startCommand = startCommandOf(entry.service, `${at}.service`, problems);
  return { name, modelPath, metadata, service: { preStartActions, startCommand, port, healthCheck: toHealthCheck(check) } };
}

/** `start_command`, or `command` as newer definitions call it; a line is split into words, never given to a shell. */
function startCommandOf(given: z.output<typeof service>, at: string, problems: FieldProblem[]): readonly string[] {
  const field = given.start_command === undefined && given.command !== undefined ? 'command' : 'start_command';
  const line = given[field];
  const words = typeof line === 'string' ? splitWords(line) : line;
  const problem = words === undefined ? 'is required' : 'problem' in words ? words.problem : words[0] ? null : 'is empty';
  if (problem !== null) problems.push({ field: `${at}.${field}`, problem });
  return words === undefined || 'problem' in words ? [] : words;
}

function toHealthCheck(check: z.output<typeof healthCheck> | undefined): HealthCheck | null {
  if (check === undefined || !check.enable) return null;
  return {
    path: check.path,
    intervalMs: milliseconds(check.interval),
    retriesMax: check.max_retries,
    timeoutMs: milliseconds(check.max_wait_time),
    expectedStatus: check.expected_status_code,
    initialDelayMs: milliseconds(check.initial_delay),
  };
}

const milliseconds = (given: number): number => Math.round(given * 1000);
