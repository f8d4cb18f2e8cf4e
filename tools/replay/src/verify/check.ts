/** What one check looked at, and what it found wrong. */
export type Check = {
  readonly name: string;
  /** What was looked at, for people: "3 streams, 40 events". */
  readonly checked: string;
  readonly findings: readonly string[];
  /** Findings there were; more than are kept. */
  readonly findingCount: number;
  /** Why something could not be looked at, when that is nothing wrong. */
  readonly note: string | null;
};

/** Findings kept per check: the first ones tell what is wrong, the rest how much. */
export const FINDINGS_KEPT_MAX = 20;

/** Gathers the findings of one check. */
export class Findings {
  readonly #kept: string[] = [];
  #count = 0;

  add(finding: string): void {
    this.#count++;
    if (this.#kept.length < FINDINGS_KEPT_MAX) this.#kept.push(finding);
  }

  check(name: string, checked: string, note: string | null = null): Check {
    return { name, checked, findings: this.#kept, findingCount: this.#count, note };
  }
}
