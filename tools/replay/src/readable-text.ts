import { canonicalJson } from '@slipway/domain';

/** JSON for people and for `diff`: keys sorted, two spaces, nothing that a terminal would take as a command. */
export function prettyJson(value: unknown): string {
  return harmless(JSON.stringify(JSON.parse(canonicalJson(bytesAsText(value))), null, 2));
}

/** The same on one line, cut to a length. */
export function briefJson(value: unknown, charactersMax: number): string {
  const text = value === undefined ? 'nothing' : harmless(canonicalJson(bytesAsText(value)));
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}

/** 12345 → "12,345". */
export const readableCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

export const counted = (count: number, one: string, many = `${one}s`): string => `${readableCount(count)} ${count === 1 ? one : many}`;

export const readableTime = (atMs: number): string => new Date(atMs).toISOString();

/** Left-aligned columns, two spaces between them; columns named in `right` are aligned to the right. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[], right: readonly string[] = []): string {
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, at) => (right.includes(header[at] ?? '') ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)));
    return padded.join('  ').trimEnd();
  };
  return [line(header), ...rows.map(line)].join('\n');
}

/** JSON escapes the lower control characters itself; these would still reach the terminal. */
export const harmless = (text: string): string =>
  text.replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const bytesAsText = (value: unknown): unknown => (value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value);
