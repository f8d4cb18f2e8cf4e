import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import { JSON_DEPTH_MAX, jsonDepth } from './json-depth.js';

/** Largest JSON text in one field, in UTF-8 bytes. */
export const JSON_STRING_BYTES_MAX = 64 * 1024;

/** JSON as text, kept exactly as the user wrote it: `"{\"CUDA_VISIBLE_DEVICES\":\"0,1\"}"`. */
export const JSONString = new GraphQLScalarType<string, string>({
  name: 'JSONString',
  description: 'A JSON document as text, at most 64 KiB.',
  serialize: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  parseValue: checkedText,
  parseLiteral: (node) => checkedText(node.kind === Kind.STRING ? node.value : undefined),
});

/** Any JSON value, as itself. Inside it must not be trusted to have a shape. */
export const Json = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: checkedValue,
  parseLiteral: (node, variables) => checkedValue(valueFromASTUntyped(node, variables)),
});

function checkedText(value: unknown): string {
  if (typeof value !== 'string') throw new GraphQLError('JSONString must be a string that holds JSON');
  checkSize(value);
  try {
    JSON.parse(value);
  } catch {
    throw new GraphQLError('JSONString must hold valid JSON');
  }
  return value;
}

function checkedValue(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new GraphQLError('JSON must be a JSON value');
  checkSize(text);
  return value;
}

function checkSize(text: string): void {
  if (Buffer.byteLength(text) > JSON_STRING_BYTES_MAX) throw new GraphQLError(`JSON must be at most ${JSON_STRING_BYTES_MAX} bytes`);
  if (jsonDepth(text) > JSON_DEPTH_MAX) throw new GraphQLError(`JSON must nest at most ${JSON_DEPTH_MAX} deep`);
}
