import { z } from 'zod';
import { parseWith, serializeWith, type EventContracts } from './event-contract.js';

/** A made-up event that was stored in three forms: a weight, then a list of weights, then weights with a soak time. */
type Shifted = { readonly type: 'Shifted'; readonly revision: string; readonly weightsPercent: readonly number[]; readonly soakMs: number };
type ShiftedV1 = { readonly revision: string; readonly weight: number };
type ShiftedV2 = { readonly revision: string; readonly weightsPercent: readonly number[] };

const contracts: EventContracts<Shifted> = {
  Shifted: {
    schema: z.strictObject({ revision: z.string(), weightsPercent: z.array(z.number()), soakMs: z.number() }),
    upcasts: [
      ({ weight, ...rest }: ShiftedV1): ShiftedV2 => ({ ...rest, weightsPercent: [weight] }),
      (older: ShiftedV2) => ({ ...older, soakMs: 0 }),
    ],
  },
};
const newest: Shifted = { type: 'Shifted', revision: 'r', weightsPercent: [10], soakMs: 0 };

describe('a stored event', () => {
  it.each([
    [1, { revision: 'r', weight: 10 }],
    [2, { revision: 'r', weightsPercent: [10] }],
    [3, { revision: 'r', weightsPercent: [10], soakMs: 0 }],
  ])('of version %i is read as the newest', (version, data) => {
    expect(parseWith(contracts, { type: 'Shifted', version, data })).toEqual(newest);
  });

  it('is written in the newest version', () => {
    expect(serializeWith(contracts, newest)).toEqual({ type: 'Shifted', version: 3, data: { revision: 'r', weightsPercent: [10], soakMs: 0 } });
  });

  it('of a newer version is not guessed at', () => {
    expect(() => parseWith(contracts, { type: 'Shifted', version: 4, data: {} })).toThrow(
      'cannot read Shifted v4: written by a newer release; upgrade this one',
    );
  });

  it.each(['Unheard', 'constructor', 'toString', '__proto__'])('of the unknown type %s is not guessed at', (type) => {
    expect(() => parseWith(contracts, { type, version: 1, data: {} })).toThrow(`cannot read ${type} v1: written by a newer release`);
  });

  it.each([0, -1, 1.5, Number.NaN])('of the impossible version %d is damage', (version) => {
    expect(() => parseWith(contracts, { type: 'Shifted', version, data: {} })).toThrow('the log is damaged');
  });

  it('that is not what it should be after its upcasts is refused', () => {
    expect(() => parseWith(contracts, { type: 'Shifted', version: 1, data: { revision: 5 } })).toThrow('expected string');
  });

  it('is checked before it is written', () => {
    expect(() => serializeWith(contracts, { ...newest, soakMs: Number.NaN })).toThrow('soakMs');
    expect(() => serializeWith(contracts, { ...newest, extra: 1 } as Shifted)).toThrow('extra');
  });
});
