import { invalidInput } from '@slipway/contracts';

/** Where a page ended: the value it was ordered by, and the key that tells equal ones apart. */
export type ListCursor = { readonly value: string | number; readonly key: string };

export const writeCursor = (column: string, { value, key }: ListCursor): string => Buffer.from(JSON.stringify([column, value, key])).toString('base64url');

/** Throws INVALID_INPUT when the text is no cursor of a list in this order. */
export function readCursor(column: string, text: string): ListCursor {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    parts = null;
  }
  const [ordered, value, key] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const isText = column === 'name';
  if (ordered !== column || typeof key !== 'string' || (isText ? typeof value !== 'string' : !Number.isSafeInteger(value)) || `${String(value)}${key}`.includes('\0'))
    throw invalidInput([{ field: 'after', problem: 'is no cursor of this list in this order' }]);
  return { value: value as string | number, key };
}
