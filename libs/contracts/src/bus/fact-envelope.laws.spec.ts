import fc from 'fast-check';
import { arbitraryOf } from '../testing/arbitrary-of-schema.js';
import { eventCatalogue, type SlipwayEvent } from '../events/event-catalogue.js';
import type { Fact } from './fact.js';
import { parseFactEnvelope, toFactEnvelope } from './fact-envelope.contract.js';

const name = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' });
const number = fc.maxSafeNat();
const LAST_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
const fact: fc.Arbitrary<Fact> = fc.record({
  id: name,
  type: name,
  version: fc.integer({ min: 1, max: 1e6 }),
  streamId: name,
  revision: number,
  position: number,
  previousPosition: number,
  recordedAtMs: fc.integer({ min: 0, max: LAST_TIME_MS }),
  data: fc.oneof(json, fc.uint8Array()),
  metadata: fc.record({ actor: name, correlationId: name, causationId: name, commandId: name, traceparent: name }, { requiredKeys: [] }),
});

const throughJson = (value: Fact): unknown => JSON.parse(JSON.stringify(toFactEnvelope(value)));

describe('the envelope of a fact', () => {
  it('gives back every fact as it was', () => {
    fc.assert(fc.property(fact, (original) => expect(parseFactEnvelope(throughJson(original))).toEqual(original)));
  });

  it.each(Object.keys(eventCatalogue) as SlipwayEvent['type'][])('carries %s', (type) => {
    fc.assert(
      fc.property(fact, arbitraryOf(eventCatalogue[type].schema), (other, data) => {
        const original = { ...other, type, data };
        expect(parseFactEnvelope(throughJson(original))).toEqual(original);
      }),
      { numRuns: 10 },
    );
  });

  it('has only attributes CloudEvents allows: lower case letters and digits, at most twenty', () => {
    fc.assert(
      fc.property(fact, (original) => {
        const names = Object.keys(toFactEnvelope(original)).filter((attribute) => attribute !== 'data_base64');
        expect(names.filter((attribute) => !/^[a-z0-9]{1,20}$/.test(attribute))).toEqual([]);
      }),
    );
  });

  it('passes over what a newer release added', () => {
    const [original] = fc.sample(fact, { numRuns: 1, seed: 1 }) as [Fact];
    expect(parseFactEnvelope({ ...toFactEnvelope(original), slipwaynew: 'x' })).toEqual(original);
  });

  it.each([null, 1, 'text', {}, { specversion: '1.0', id: 'a', type: 'com.example.other' }])('is not seen in %j', (value) => {
    expect(() => parseFactEnvelope(value)).toThrow(/^not a fact: [^\n]+$/);
  });
});
