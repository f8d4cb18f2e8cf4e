export type Column = { readonly title: string; readonly align: 'left' | 'right' };

/** Columns as wide as their widest cell, two spaces apart. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_column, index) => Math.max(...[titles, ...rows].map((row) => (row[index] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        return align === 'left' ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const GROUPED = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Three digits that matter: 12,345 and 12.3 and 0.123. */
export function readableNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return GROUPED.format(value);
  if (magnitude >= 10) return value.toFixed(1);
  return value.toFixed(magnitude >= 1 || magnitude === 0 ? 2 : 3);
}
