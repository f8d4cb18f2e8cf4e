import { GraphQLError } from 'graphql';
import { withErrorPlaces } from './error-places.js';

const missing = (path: readonly (string | number)[]): GraphQLError => new GraphQLError('missing', { path, extensions: { code: 'UNAVAILABLE' } });
const pathsOf = (data: Record<string, unknown> | null, errors: GraphQLError[]) => withErrorPlaces({ data, errors }).errors?.map(({ path }) => path?.join('.'));

describe('the place of an error', () => {
  it('is that of the field that is null in each object of a list', () => {
    const data = { ships: [{ captain: null }, { captain: 'x' }, { captain: null }] };
    expect(pathsOf(data, [missing(['ships', 'captain']), missing(['ships', 'captain'])])).toEqual(['ships.0.captain', 'ships.2.captain']);
  });

  it('goes through lists in lists', () => {
    const data = { fleets: [{ ships: [{ captain: { name: 'x' } }, { captain: null }] }, { ships: [null] }] };
    const errors = [missing(['fleets', 'ships', 'captain', 'name']), missing(['fleets', 'ships', 'captain', 'name'])];
    expect(pathsOf(data, errors)).toEqual(['fleets.0.ships.1.captain.name', 'fleets.1.ships.0.captain.name']);
  });

  it('is told once where the list itself had to be null', () => {
    expect(pathsOf({ fleets: [{ ships: null }] }, [missing(['fleets', 'ships', 'captain']), missing(['fleets', 'ships', 'captain'])])).toEqual(['fleets.0.ships.captain']);
  });

  it('stays as it is when it is whole, when nothing on it is null, or when there is no data', () => {
    expect(pathsOf({ ships: [{ captain: null }] }, [missing(['ships', 0, 'captain'])])).toEqual(['ships.0.captain']);
    expect(pathsOf({ ships: [{ captain: 'x' }] }, [missing(['ships', 'captain'])])).toEqual(['ships.captain']);
    expect(pathsOf({ ship: null }, [missing(['ship', 'captain'])])).toEqual(['ship.captain']);
    expect(pathsOf(null, [missing(['ships', 'captain'])])).toEqual(['ships.captain']);
  });

  it('leaves everything else of the error and the result', () => {
    const result = withErrorPlaces({ data: { ships: [{ captain: null }] }, errors: [missing(['ships', 'captain'])], extensions: { x: 1 } });
    expect(result).toMatchObject({ data: { ships: [{ captain: null }] }, extensions: { x: 1 } });
    expect(result.errors?.[0]).toMatchObject({ message: 'missing', extensions: { code: 'UNAVAILABLE' } });
  });
});
