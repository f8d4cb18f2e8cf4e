const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A length of time in its two largest units, such as `1m 20s`; below a second `0s`. */
export function spanText(durationMs: number): string {
  const parts = [
    [DAY_MS, 'd'],
    [HOUR_MS, 'h'],
    [MINUTE_MS, 'm'],
    [SECOND_MS, 's'],
  ] as const;
  let left = Math.max(0, durationMs);
  const found: string[] = [];
  for (const [lengthMs, unit] of parts) {
    const count = Math.floor(left / lengthMs);
    left -= count * lengthMs;
    if (count > 0 || found.length > 0) found.push(`${count}${unit}`);
  }
  return found.slice(0, 2).filter((part, index) => index === 0 || !part.startsWith('0')).join(' ') || '0s';
}

/** How long ago an instant of the graph was. */
export const agoText = (instant: string, nowMs: number): string => `${spanText(nowMs - Date.parse(instant))} ago`;

/** `90s`, `15m`, `2h`, `1h30m` as milliseconds; null for anything else. */
export function parseSpan(text: string): number | null {
  const [whole, days, hours, minutes, seconds] = /^(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s)?$/.exec(text) ?? [];
  if (whole === undefined || whole === '') return null;
  return Number(days ?? 0) * DAY_MS + Number(hours ?? 0) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS + Number(seconds ?? 0) * SECOND_MS;
}
