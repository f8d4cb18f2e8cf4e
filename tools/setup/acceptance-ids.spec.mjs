import { ACCEPTANCE_IDS, idsIn, namedIds } from './acceptance-ids.mjs';
import { ROOT } from './workspace.mjs';

describe('what the proposal promises', () => {
  const named = namedIds(ROOT);

  it('is proven, id by id, by a test whose title names it', () => {
    expect(ACCEPTANCE_IDS.filter((id) => !named.has(id))).toEqual([]);
  });

  it('is named by whole ids, in code and not in comments', () => {
    expect(idsIn("// S1.1\n * S1.2\nit('does (S1.33, X1)', () => { // S1.4\n  ['X14', 'XS1.5', 'S1.6-S1.8', 'v.X3'],")).toEqual([
      [3, 'S1.33'], [3, 'X1'], [4, 'X14'], [4, 'S1.6'], [4, 'S1.8'],
    ]);
  });
});
