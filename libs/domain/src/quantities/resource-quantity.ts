/** What a person wrote, kept beside what it means. */
export type ByteQuantity = { readonly text: string; readonly bytes: number };

/** 1 PiB: far above any machine, low enough to catch a slip of the keyboard and to stay exact in a double. */
export const BYTE_QUANTITY_MAX = 1024 ** 5;

const EXPONENT: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };
const QUANTITY = /^(\d{1,16}(?:\.\d{1,6})?)\s*(?:([kmgt])i?)?b?$/i;

/**
 * Memory sizes as X12 has them: `8Gib`, `96g`, `64m`, `2GiB`, `512Mi`, `1048576`; case does not matter and every unit is
 * binary (k = 1024). A bare `m` is mebi, as in the seed, never milli.
 */
export function parseByteQuantity(text: string): ByteQuantity | { readonly problem: string } {
  const match = QUANTITY.exec(text.trim());
  if (match === null) return { problem: `"${shorten(text)}" is not a size; write for example 512m, 8Gib or 96g` };
  const exponent = EXPONENT[(match[2] ?? '').toLowerCase()] ?? 0;
  const bytes = Math.round(Number(match[1]) * 1024 ** exponent);
  if (bytes <= 0) return { problem: `"${shorten(text)}" is not more than 0 bytes` };
  if (bytes > BYTE_QUANTITY_MAX) return { problem: `"${shorten(text)}" is more than 1 PiB` };
  return { text, bytes };
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
