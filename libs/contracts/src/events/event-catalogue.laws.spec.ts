import fc from 'fast-check';
import { arbitraryOf } from '../testing/arbitrary-of-schema.js';
import { eventCatalogue, parseEvent, serializeEvent, type SlipwayEvent } from './event-catalogue.js';

const types = Object.keys(eventCatalogue) as SlipwayEvent['type'][];

describe('every event', () => {
  it.each(types)('%s comes back from the log as it went in', (type) => {
    fc.assert(
      fc.property(arbitraryOf(eventCatalogue[type].schema), (data) => {
        const event = { ...(data as object), type } as SlipwayEvent;
        const stored = serializeEvent(event);
        const read = JSON.parse(JSON.stringify(stored)) as typeof stored;
        expect(parseEvent(read)).toEqual(event);
        expect(read).toEqual(stored);
      }),
      { numRuns: 50 },
    );
  });

  it('has a field more or less than it should: refused', () => {
    const renamed = { type: 'DeploymentRenamed', name: 'b', previousName: 'a', atMs: 1 } as const;
    expect(() => serializeEvent({ ...renamed, reason: 'x' } as SlipwayEvent)).toThrow('reason');
    expect(() => serializeEvent({ type: 'DeploymentRenamed', name: 'b' } as SlipwayEvent)).toThrow('previousName');
  });
});

describe('records of process streams', () => {
  it.each(['ProcessInputTaken', 'ProcessTimerFired', 'ProcessEffectPerformed'])('%s is no fact of the domain', (type) => {
    expect(parseEvent({ type, version: 1, data: {} })).toBeNull();
  });

  it('share no name with facts', () => {
    expect(types.filter((type) => type.startsWith('Process'))).toEqual([]);
  });

  it.each(['DeploymentTeleported', 'constructor'])('%s is an error: only a newer release knows it', (type) => {
    expect(() => parseEvent({ type, version: 1, data: {} })).toThrow('written by a newer release');
  });
});
