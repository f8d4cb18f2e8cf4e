/** How fine and for how long points are kept: each point goes into one slot of every level. */
export type RollupLevel = { readonly stepMs: number; readonly retentionMs: number };

/** 1 s for 10 minutes, 10 s for 2 hours, 60 s for a day. */
export const ROLLUP_LEVELS: readonly [RollupLevel, ...RollupLevel[]] = [
  { stepMs: 1_000, retentionMs: 10 * 60_000 },
  { stepMs: 10_000, retentionMs: 2 * 3_600_000 },
  { stepMs: 60_000, retentionMs: 24 * 3_600_000 },
];

/** What a series holds when something happened in every second. */
export const POINTS_PER_SERIES = ROLLUP_LEVELS.reduce((sum, { stepMs, retentionMs }) => sum + retentionMs / stepMs, 0);

/** Finding the oldest slot costs more the more were forgotten before it, so it is not looked for at each point. */
const SLOTS_BETWEEN_CLEARINGS = 32;
/** What a series holds at most. */
export const POINTS_PER_SERIES_MAX = POINTS_PER_SERIES + ROLLUP_LEVELS.length * (SLOTS_BETWEEN_CLEARINGS + 1);

type Slots<Point> = { readonly level: RollupLevel; readonly points: Map<number, Point> };

/** One series in all its levels. Slots in which nothing happened take no room. */
export class RollupRing<Point> {
  readonly #slots: readonly Slots<Point>[] = ROLLUP_LEVELS.map((level) => ({ level, points: new Map() }));

  /** @param merge two points of one series as one; `later` came after `earlier`. */
  constructor(readonly merge: (earlier: Point, later: Point) => Point) {}

  /** `share` (0 to 1) of each level's retention is kept: the one place where room is made. */
  add(atMs: number, point: Point, share = 1): void {
    for (const { level, points } of this.#slots) {
      const slot = Math.floor(atMs / level.stepMs);
      const before = points.get(slot);
      points.set(slot, before === undefined ? point : this.merge(before, point));
      const kept = Math.max(1, Math.floor((share * level.retentionMs) / level.stepMs));
      if (before === undefined && (slot % SLOTS_BETWEEN_CLEARINGS === 0 || points.size > kept + SLOTS_BETWEEN_CLEARINGS)) forgetBefore(points, slot - kept);
    }
  }

  /** All that happened from `fromMs` (inclusive) to `toMs` (exclusive), both multiples of the level's step; null: nothing is known. */
  between(level: RollupLevel, fromMs: number, toMs: number): Point | null {
    const points = this.#slots.find((slots) => slots.level === level)?.points;
    let sum: Point | null = null;
    for (let slot = Math.floor(fromMs / level.stepMs); slot * level.stepMs < toMs; slot += 1) {
      const point = points?.get(slot);
      if (point !== undefined) sum = sum === null ? point : this.merge(sum, point);
    }
    return sum;
  }

  get pointCount(): number {
    return this.#slots.reduce((sum, { points }) => sum + points.size, 0);
  }
}

/** Slots are entered in order, so the oldest come first. */
function forgetBefore<Point>(points: Map<number, Point>, oldest: number): void {
  for (const slot of points.keys()) {
    if (slot > oldest) return;
    points.delete(slot);
  }
}

export type MetricsWindow = {
  readonly level: RollupLevel;
  readonly stepMs: number;
  /** Ends of the steps, rising; each stands for the step before it. */
  readonly instantsMs: readonly number[];
};

/**
 * The instants of a range, at the level that still reaches back to its beginning. Where only coarser steps than asked for are kept,
 * the step is theirs; instants are multiples of the step, and a step that is not over at `toMs` is left out.
 */
export function metricsWindow(fromMs: number, toMs: number, stepMs: number, nowMs: number, share = 1): MetricsWindow {
  const reaching = ROLLUP_LEVELS.filter(({ retentionMs }) => nowMs - fromMs <= retentionMs * share);
  const level = reaching.findLast((candidate) => candidate.stepMs <= stepMs) ?? reaching[0] ?? ROLLUP_LEVELS[ROLLUP_LEVELS.length - 1] ?? ROLLUP_LEVELS[0];
  const step = Math.ceil(Math.max(stepMs, level.stepMs) / level.stepMs) * level.stepMs;
  const first = Math.floor(fromMs / step) + 1;
  const last = Math.floor(toMs / step);
  const instantsMs = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
  return { level, stepMs: step, instantsMs };
}
