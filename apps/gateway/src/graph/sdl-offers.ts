/** Rounds in which a service answered, but no instance with this schema, before it counts as gone: a minute of polls. */
export const SDL_FORGOTTEN_ROUNDS = 12;

/**
 * The schemas one service offers. While it is being upgraded its instances tell different ones, and one URL in front of
 * many tells now this, now that. The newest is the one first heard of last, and it stays the newest until nobody has told
 * it for `SDL_FORGOTTEN_ROUNDS` rounds; so the graph changes once per upgrade, and back once after a roll-back. Rounds in
 * which nobody answered do not count: a service that is down has not changed its mind.
 */
export class SdlOffers {
  /** Oldest first. */
  #offers: { readonly sdl: string; missedRounds: number }[] = [];

  /** A schema known from before, older than any that will be told. */
  remember(sdl: string): void {
    if (!this.#offers.some((offer) => offer.sdl === sdl)) this.#offers.unshift({ sdl, missedRounds: 0 });
  }

  /** What the instances told in one round. */
  note(told: readonly string[]): void {
    if (told.length === 0) return;
    for (const offer of this.#offers) offer.missedRounds = told.includes(offer.sdl) ? 0 : offer.missedRounds + 1;
    const known = new Set(this.#offers.map(({ sdl }) => sdl));
    const added = [...new Set(told)].filter((sdl) => !known.has(sdl)).sort(byAge);
    this.#offers.push(...added.map((sdl) => ({ sdl, missedRounds: 0 })));
    this.#offers = this.#offers.filter(({ missedRounds }) => missedRounds < SDL_FORGOTTEN_ROUNDS);
  }

  newestFirst(): string[] {
    return this.#offers.map(({ sdl }) => sdl).reverse();
  }
}

/** Heard of at once, nothing tells which is older, but schemas grow; equally long ones are in the same order at every gateway. */
function byAge(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : 1);
}
