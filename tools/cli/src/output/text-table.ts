import stringWidth from 'string-width';

/** One column: what stands above it, and what stands in it. */
export type Column<Row> = { readonly title: string; readonly cell: (row: Row) => string };

const GAP = '  ';

/** Rows below titles, each column as wide as its widest cell; what tables of nothing say instead. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], whenEmpty: string): string {
  if (rows.length === 0) return whenEmpty;
  return aligned([columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => oneLine(cell(row))))]);
}

/** Names and values below each other; what is null is left out. */
export function fieldList(fields: readonly (readonly [name: string, value: string | null])[]): string {
  return aligned(fields.flatMap(([name, value]) => (value === null ? [] : [[name, oneLine(value)]])));
}

/** Lines of cells, padded to columns. Styles take no width. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const line of lines) line.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell))));
  const padded = (cell: string, index: number): string => cell + ' '.repeat((widths[index] ?? 0) - stringWidth(cell));
  return lines.map((line) => line.map(padded).join(GAP).trimEnd()).join('\n');
}

/** Values come from others: none may break the table, or steer the terminal; our own styles stay. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replace(/\u001b(?!\[\d{1,2}m)|[\u0000-\u001a\u001c-\u001f\u007f-\u009f]/g, '');
