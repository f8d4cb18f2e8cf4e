import fc from 'fast-check';
import { diffRevisions } from './revision-diff.js';
import type { RevisionSpec } from './revision-spec.js';

const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 });
const asSpec = (list: unknown): RevisionSpec => ({ list }) as unknown as RevisionSpec;

describe('differences of lists', () => {
  it('undo each other, and are enough to tell what was taken out and put in', () => {
    fc.assert(
      fc.property(words, words, (before, after) => {
        const changes = diffRevisions(asSpec(before), asSpec(after));
        const count = (list: readonly string[], word: string): number => list.filter((item) => item === word).length;
        for (const word of ['a', 'b', 'c', 'd']) {
          const out = changes.filter((change) => change.before === word).length;
          const put = changes.filter((change) => change.after === word).length;
          expect(count(before, word) - out + put).toBe(count(after, word));
        }
        expect(diffRevisions(asSpec(after), asSpec(before)).length === 0).toBe(changes.length === 0);
        expect(changes.length === 0).toBe(JSON.stringify(before) === JSON.stringify(after));
      }),
    );
  });

  it('never fail, whatever is compared', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => void diffRevisions(asSpec(before), asSpec(after))));
  });
});
