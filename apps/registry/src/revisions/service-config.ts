import type { FieldProblem } from '@slipway/contracts';
import { splitWords, type JsonObject, type ServiceConfig, type VariantName, type VariantProfile } from '@slipway/domain';
import { CLI_PARAMETERS_CHARACTERS_MAX, MODEL_LENGTH_MAX, PARALLELISM_MAX } from '../deployments/limits.js';
import { parseJsonObject } from './environ.js';
import type { ServiceConfigInput } from './revision-input.js';

const FIELD = 'modelRuntimeConfig.serviceConfig';
type Field = keyof ServiceConfigInput;
const ALL: readonly Field[] = ['maxModelLength', 'parallelism', 'extraCliParameters', 'extra'];

/** Which fields a variant's service configuration has (X9); others are refused, not ignored. */
const FIELDS: Readonly<Record<VariantName, readonly Field[]>> = {
  vllm: ALL,
  sglang: ALL,
  nim: ALL,
  'modular-max': ALL,
  'huggingface-tgi': ALL,
  custom: ['extraCliParameters', 'extra'],
  cmd: ['extra'],
  'llama.cpp': ['maxModelLength', 'extraCliParameters', 'extra'],
  mock: ['maxModelLength', 'extraCliParameters', 'extra'],
};

export function readServiceConfig(
  input: ServiceConfigInput | null | undefined,
  profile: VariantProfile,
  problems: FieldProblem[],
): ServiceConfig | null {
  if (input === null || input === undefined) return null;
  for (const field of ALL)
    if (input[field] !== null && input[field] !== undefined && !FIELDS[profile.name].includes(field))
      problems.push({ field: `${FIELD}.${field}`, problem: `does not belong to ${profile.name}, which takes ${FIELDS[profile.name].join(', ')}` });
  const { maxModelLength, parallelism, extraCliParameters, extra } = input;
  return {
    ...(isGiven(maxModelLength) ? { maxModelLength: whole(maxModelLength, 'maxModelLength', MODEL_LENGTH_MAX, problems) } : {}),
    ...(isGiven(parallelism) ? { parallelism: readParallelism(parallelism, problems) } : {}),
    ...(isGiven(extraCliParameters) ? { extraCliParameters: readParameters(extraCliParameters, problems) } : {}),
    ...(isGiven(extra) ? { extra: readJson(extra, `${FIELD}.extra`, problems) } : {}),
  };
}

function readParallelism(given: NonNullable<ServiceConfigInput['parallelism']>, problems: FieldProblem[]) {
  const { ppSize, tpSize } = given;
  return {
    ...(isGiven(ppSize) ? { ppSize: whole(ppSize, 'parallelism.ppSize', PARALLELISM_MAX, problems) } : {}),
    ...(isGiven(tpSize) ? { tpSize: whole(tpSize, 'parallelism.tpSize', PARALLELISM_MAX, problems) } : {}),
  };
}

function readParameters(text: string, problems: FieldProblem[]): string {
  const field = `${FIELD}.extraCliParameters`;
  const words = splitWords(text);
  if ('problem' in words) problems.push({ field, problem: words.problem });
  if (text.length > CLI_PARAMETERS_CHARACTERS_MAX) problems.push({ field, problem: `is longer than ${CLI_PARAMETERS_CHARACTERS_MAX} characters` });
  return text;
}

/** JSON text of an object, as `extra` fields carry it. */
export function readJson(text: string, field: string, problems: FieldProblem[]): JsonObject {
  const parsed = parseJsonObject(text);
  if (parsed === null) problems.push({ field, problem: 'is not the JSON text of an object' });
  return (parsed ?? {}) as JsonObject;
}

function whole(value: number, field: string, max: number, problems: FieldProblem[]): number {
  if (!Number.isInteger(value) || value < 1 || value > max) problems.push({ field: `${FIELD}.${field}`, problem: `is a whole number from 1 to ${max}` });
  return value;
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;
