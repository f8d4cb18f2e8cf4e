import fc from 'fast-check';
import { mayPin, pinnedModel } from './revision-pin.js';
import type { Route } from './routing-table.js';

const route: Route = {
  deploymentId: 'd',
  domain: 'default',
  name: 'm',
  preferredDomainName: null,
  openToPublic: true,
  createdAtMs: 0,
  version: 1,
  revisions: [],
  revisionIds: new Map(),
  stickiness: 'session',
  mirror: null,
};

describe('a pin', () => {
  it('is what follows the last @ of a model, and nothing is one without a name before it', () => {
    fc.assert(
      fc.property(fc.string(), (model) => {
        const pinned = pinnedModel(model);
        if (pinned === null) expect(/^.+@[^@]+$/s.test(model)).toBe(false);
        else {
          expect(`${pinned.model}@${pinned.pin}`).toBe(model);
          expect(pinned.model).not.toBe('');
          expect(pinned.pin).toMatch(/^[^@]+$/s);
        }
      }),
    );
  });

  it('is for the holder of a token of this deployment that allows it, and for nobody else, open to the public or not', () => {
    const holder = (deploymentId: string, mayPinRevisions: boolean) => ({ type: 'holder', grant: { tokenId: 't', deploymentId, expiresAtMs: null, mayPinRevisions } }) as const;
    expect(mayPin(holder('d', true), route)).toBe(true);
    for (const caller of [holder('d', false), holder('other', true), { type: 'anonymous' }, { type: 'expired' }] as const) expect(mayPin(caller, route)).toBe(false);
  });
});
