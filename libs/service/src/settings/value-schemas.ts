import { z } from 'zod';

const PORT_MAX = 65_535;
const MINUTE_MS = 60_000;
const DURATION_MAX_MS = 60 * MINUTE_MS;

/** A piece of a setting: its schema and what to say when a value does not fit. */
type ValueKind<S extends z.ZodType> = { readonly schema: S; readonly expects: string };

const wholeNumberText = z.string().regex(/^\d{1,15}$/).transform(Number);

/** From `min` to `max`, both included. */
export const wholeNumber = (min: number, max: number) =>
  ({ schema: wholeNumberText.pipe(z.number().min(min).max(max)), expects: `a whole number from ${min} to ${max}` }) as const satisfies ValueKind<z.ZodType>;

/** 0 asks the system for a free one. */
export const portNumber = wholeNumber(0, PORT_MAX);

/** A duration of at most an hour. */
export const milliseconds = (min = 0, max = DURATION_MAX_MS) => ({ ...wholeNumber(min, max), unit: 'ms' }) as const;

export const text = { schema: z.string().min(1), expects: 'text' } as const satisfies ValueKind<z.ZodType>;

export const oneOf = <const V extends readonly [string, ...string[]]>(...values: V) =>
  ({ schema: z.enum(values), expects: values.length === 1 ? values[0] : `${values.slice(0, -1).join(', ')} or ${String(values.at(-1))}` }) as const;

export const onOrOff = oneOf('on', 'off');

/** A share from 0 to 1. */
export const ratio = {
  schema: z.string().regex(/^(?:0|1|[01]?\.\d{1,9})$/).transform(Number).pipe(z.number().min(0).max(1)),
  expects: 'a number from 0 to 1',
} as const satisfies ValueKind<z.ZodType>;

/** A URL of one of the schemes, kept as text; `sqlite:` and `memory:` have no host. */
export const url = (...schemes: readonly string[]) =>
  ({ schema: z.string().refine((value) => hasScheme(value, schemes)), expects: expectedUrl(schemes) }) as const;

/** At least one URL, separated by commas. */
export const urls = (...schemes: readonly string[]) =>
  ({
    schema: z
      .string()
      .transform((value) => value.split(',').map((part) => part.trim()).filter((part) => part !== ''))
      .pipe(z.array(z.string().refine((value) => hasScheme(value, schemes))).min(1)),
    expects: `${expectedUrl(schemes)}, or several separated by commas`,
  }) as const;

const TOKEN_CHARS_MIN = 16;
/** A credential of our own: it fits a header, and is too long to guess. */
export const token = {
  schema: z.string().min(TOKEN_CHARS_MIN).regex(/^[\x21-\x7e]+$/),
  expects: `at least ${TOKEN_CHARS_MIN} visible ASCII characters without spaces`,
} as const satisfies ValueKind<z.ZodType>;

function hasScheme(value: string, schemes: readonly string[]): boolean {
  // Of several hosts (`esdb://a:2113,b:2113`) the parser knows none, so it is shown the first.
  const first = value.replace(/,[^/?#]*/, '');
  return URL.canParse(first) && schemes.includes(new URL(first).protocol.slice(0, -1));
}

function expectedUrl(schemes: readonly string[]): string {
  return `a URL that begins with ${schemes.map((scheme) => (scheme === 'sqlite' || scheme === 'memory' ? `${scheme}:` : `${scheme}://`)).join(' or ')}`;
}
