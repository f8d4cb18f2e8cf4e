import { Kind, parseValue, type GraphQLScalarType } from 'graphql';
import { DateTime } from './date-time.scalar.js';
import { IntOrPercent } from './int-or-percent.scalar.js';
import { JSON_DEPTH_MAX, jsonDepth } from './json-depth.js';
import { Json, JSON_STRING_BYTES_MAX, JSONString } from './json.scalar.js';

const literal = (scalar: GraphQLScalarType, text: string): unknown => scalar.parseLiteral(parseValue(text));

describe('DateTime', () => {
  it.each([
    ['2026-11-20T12:00:00Z', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20T12:00:00.5Z', '2026-11-20T12:00:00.500Z'],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
  ])('reads %s and writes it with milliseconds', (text, written) => {
    const date = DateTime.parseValue(text);
    expect(date).toBeInstanceOf(Date);
    expect(DateTime.serialize(date)).toBe(written);
    expect(literal(DateTime, `"${text}"`)).toEqual(date);
  });

  it.each(['', 'yesterday', '2026-11-20', '2026-11-20T12:00:00', '2026-11-20T12:00:00+01:00', '2026-02-30T12:00:00Z', '2026-11-20T25:00:00Z', '2026-11-20T12:00:00.1234Z', 1_700_000_000_000, null])(
    'refuses %p',
    (value) => {
      expect(() => DateTime.parseValue(value)).toThrow('DateTime must be ISO-8601');
    },
  );

  it('refuses a number as literal, and to write what is no date', () => {
    expect(() => literal(DateTime, '5')).toThrow();
    expect(() => DateTime.serialize(new Date(Number.NaN))).toThrow();
  });
});

describe('JSONString', () => {
  it('keeps the text as it was written', () => {
    expect(JSONString.parseValue('{ "a" : 1 }')).toBe('{ "a" : 1 }');
    expect(literal(JSONString, '"[1]"')).toBe('[1]');
    expect(JSONString.serialize('{ "a" : 1 }')).toBe('{ "a" : 1 }');
    expect(JSONString.serialize({ a: 1 })).toBe('{"a":1}');
  });

  it.each([
    ['{', 'valid JSON'],
    [{ a: 1 }, 'must be a string'],
    [`"${'x'.repeat(JSON_STRING_BYTES_MAX - 1)}"`, 'at most 65536 bytes'],
    [`"${'é'.repeat(JSON_STRING_BYTES_MAX / 2)}"`, 'at most 65536 bytes'],
    ['['.repeat(JSON_DEPTH_MAX + 1) + ']'.repeat(JSON_DEPTH_MAX + 1), 'at most 64 deep'],
  ])('refuses %.20p', (value, problem) => {
    expect(() => JSONString.parseValue(value)).toThrow(problem);
  });

  it('accepts exactly the largest and the deepest', () => {
    const largest = `"${'x'.repeat(JSON_STRING_BYTES_MAX - 2)}"`;
    expect(JSONString.parseValue(largest)).toBe(largest);
    const deepest = '['.repeat(JSON_DEPTH_MAX) + ']'.repeat(JSON_DEPTH_MAX);
    expect(JSONString.parseValue(deepest)).toBe(deepest);
  });
});

describe('JSON', () => {
  it('carries any JSON value', () => {
    expect(Json.parseValue({ a: [1, null, 'x'] })).toEqual({ a: [1, null, 'x'] });
    expect(literal(Json, '{ a: [1, "x"] }')).toEqual({ a: [1, 'x'] });
    expect(() => Json.parseValue(undefined)).toThrow('JSON must be a JSON value');
  });
});

describe('IntOrPercent (S1.88)', () => {
  it.each([0, 1, -1, 2_147_483_647, '0%', '25%', '100%'])('accepts %p', (value) => {
    expect(IntOrPercent.parseValue(value)).toBe(value);
    expect(literal(IntOrPercent, JSON.stringify(value))).toBe(value);
    expect(IntOrPercent.serialize(value)).toBe(value);
  });

  it.each([1.5, 2_147_483_648, '25', '%', '-5%', '2.5%', '1000%', ' 25%', true, null])('refuses %p', (value) => {
    expect(() => IntOrPercent.parseValue(value)).toThrow('IntOrPercent must be');
  });

  it('refuses other literals', () => {
    expect(() => IntOrPercent.parseLiteral({ kind: Kind.BOOLEAN, value: true })).toThrow();
  });
});

describe('the depth of JSON', () => {
  it.each([
    ['1', 0],
    ['{}', 1],
    ['[[],[[]]]', 3],
    ['{"[[[[":"{{{"}', 1],
    ['{"a\\"[":[1]}', 2],
    ['"\\\\"', 0],
  ])('of %s is %d', (text, depth) => {
    expect(jsonDepth(text)).toBe(depth);
  });
});
