import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { usageError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

/** Fields whose type in the graph is JSON as text; in a file they may stand as what they mean. */
const JSON_TEXT_FIELDS: ReadonlySet<string> = new Set(['environ', 'extra']);

/**
 * The input of a mutation from a file in YAML or JSON, `-` for standard input. What it may hold is the graph's to say.
 * @throws CliError USAGE when it cannot be read or is no object.
 */
export async function readInput(file: string, terminal: Terminal): Promise<Record<string, unknown>> {
  const content = file === '-' ? await terminal.readInput() : contentOf(file);
  let parsed: unknown;
  try {
    parsed = parse(content); // JSON is YAML
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw usageError(`${file} is neither YAML nor JSON: ${error.message.split('\n')[0] ?? ''}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw usageError(`${file} does not hold one object`);
  return withJsonTexts(parsed as Record<string, unknown>);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`the file cannot be read: ${(error as Error).message}`);
  }
}

function withJsonTexts(value: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(value).map(([name, inner]) => {
    if (JSON_TEXT_FIELDS.has(name) && typeof inner === 'object' && inner !== null) return [name, JSON.stringify(inner)];
    return [name, isObject(inner) ? withJsonTexts(inner) : inner];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
