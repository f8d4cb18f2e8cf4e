import { SDL_FORGOTTEN_ROUNDS, SdlOffers } from './sdl-offers.js';

const times = (count: number, act: () => void): void => Array.from({ length: count }).forEach(act);

describe('the schemas a service offers', () => {
  it('are led by the one first heard of last, in whatever order they are told afterwards', () => {
    const offers = new SdlOffers();
    offers.note(['old']);
    offers.note(['old', 'new']);
    offers.note(['new', 'old']);
    offers.note(['old']);
    expect(offers.newestFirst()).toEqual(['new', 'old']);
  });

  it('do not flap when one address stands for instances of both kinds', () => {
    const offers = new SdlOffers();
    offers.note(['old']);
    times(5 * SDL_FORGOTTEN_ROUNDS, () => {
      offers.note(['new']);
      offers.note(['old']);
      expect(offers.newestFirst()[0]).toBe('new');
    });
  });

  it('forget one that nobody has told for long while others were told', () => {
    const offers = new SdlOffers();
    offers.note(['old']);
    offers.note(['new']);
    times(SDL_FORGOTTEN_ROUNDS - 1, () => offers.note(['old']));
    expect(offers.newestFirst()[0]).toBe('new');
    offers.note(['old']);
    expect(offers.newestFirst()).toEqual(['old']);
  });

  it('are not forgotten while the service is down', () => {
    const offers = new SdlOffers();
    offers.note(['one']);
    times(10 * SDL_FORGOTTEN_ROUNDS, () => offers.note([]));
    expect(offers.newestFirst()).toEqual(['one']);
  });

  it('are in one order at every gateway when heard of at once: schemas grow', () => {
    for (const told of [['short', 'much longer'], ['much longer', 'short']]) {
      const offers = new SdlOffers();
      offers.note(told);
      expect(offers.newestFirst()).toEqual(['much longer', 'short']);
    }
  });

  it('put one known from before behind whatever is told', () => {
    const offers = new SdlOffers();
    offers.remember('kept');
    offers.note(['told']);
    expect(offers.newestFirst()).toEqual(['told', 'kept']);
  });
});
