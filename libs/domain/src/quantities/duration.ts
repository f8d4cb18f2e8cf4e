const MS_PER_UNIT: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const DURATION = /^(0|[1-9]\d{0,5})([smh])$/;

/** `90s`, `30m`, `24h` → milliseconds; null: not a whole number of up to six digits followed by s, m or h. */
export function parseDurationMs(text: string): number | null {
  const match = DURATION.exec(text);
  const unit = MS_PER_UNIT[match?.[2] ?? ''];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}
