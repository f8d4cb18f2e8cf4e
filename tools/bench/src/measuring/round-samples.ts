/** What was measured, by series, one value a round. */
export class RoundSamples {
  readonly #series = new Map<string, number[]>();

  add(series: string, value: number): void {
    const values = this.#series.get(series);
    if (values === undefined) this.#series.set(series, [value]);
    else values.push(value);
  }

  /** Empty when the series was skipped. */
  of(series: string): readonly number[] {
    return this.#series.get(series) ?? [];
  }

  /**
   * The quotient of two series round by round. Neighbours on the machine slow a round as a whole, so the quotient within
   * a round is steadier than the quotient of two medians.
   */
  ratio(series: string, over: string): readonly number[] {
    return this.#pairs(series, over).map(([a, b]) => a / b);
  }

  difference(series: string, from: string): readonly number[] {
    return this.#pairs(series, from).map(([a, b]) => a - b);
  }

  #pairs(series: string, other: string): readonly (readonly [number, number])[] {
    const others = this.of(other);
    return this.of(series).flatMap((value, round) => {
      const paired = others[round];
      return paired === undefined ? [] : [[value, paired] as const];
    });
  }
}

/** The same things in another order each round, so that none always follows the same neighbour. */
export function rotated<T>(things: readonly T[], round: number): readonly T[] {
  const start = things.length === 0 ? 0 : round % things.length;
  return [...things.slice(start), ...things.slice(0, start)];
}
