import fc from 'fast-check';
import { z } from 'zod';

/** The part of JSON Schema that stored events use. */
type Schema = {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly $ref?: string;
};

/** Anything a zod schema accepts. Throws on a construct it does not know, so that none is left out unseen. */
export function arbitraryOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  return arbitrary(z.toJSONSchema(schema) as Schema);
}

function arbitrary(schema: Schema): fc.Arbitrary<unknown> {
  const { anyOf, oneOf, minimum, maximum, maxItems } = schema;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const alternatives = anyOf ?? oneOf;
  if (alternatives !== undefined) return fc.oneof(...alternatives.map(arbitrary));
  if (schema.$ref !== undefined) return fc.jsonValue({ maxDepth: 2 }).map(plain); // z.json() is all that refers to itself
  if (typeof schema.type === 'object') return fc.oneof(...schema.type.map((type) => arbitrary({ ...schema, type })));
  switch (schema.type) {
    case 'object':
      return object(schema);
    case 'array':
      return fc.array(arbitrary(schema.items ?? {}), { maxLength: Math.min(4, maxItems ?? 4) });
    case 'string':
      return string(schema);
    case 'integer':
      return fc.integer({ min: Math.max(minimum ?? 0, Number.MIN_SAFE_INTEGER), max: Math.min(maximum ?? 0, Number.MAX_SAFE_INTEGER) });
    case 'number':
      return fc.double({ min: minimum ?? -1e9, max: maximum ?? 1e9, noNaN: true }).map(plain);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      throw new Error(`no arbitrary for ${JSON.stringify(schema)}`);
  }
}

function object({ properties, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  if (typeof additionalProperties === 'object')
    return fc.dictionary(fc.string({ maxLength: 8 }).filter((key) => key !== '__proto__'), arbitrary(additionalProperties), { maxKeys: 3 }).map(plain);
  const fields = Object.fromEntries(Object.entries(properties ?? {}).map(([key, field]) => [key, arbitrary(field)]));
  return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true });
}

function string({ minLength = 0, maxLength = 40, pattern }: Schema): fc.Arbitrary<string> {
  return pattern === undefined ? fc.string({ minLength, maxLength: Math.min(maxLength, 40), unit: 'binary' }) : fc.stringMatching(new RegExp(pattern));
}

/** What JSON makes of it: no −0, no null prototypes; `__proto__` as a key of open objects is nothing to store. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, item: unknown) => (key === '__proto__' ? undefined : item)));
