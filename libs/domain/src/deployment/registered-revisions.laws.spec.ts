import fc from 'fast-check';
import { few } from '../decider.conformance.js';
import { fold } from '../decider.js';
import { created, registered } from './deployment-story.js';
import type { DeploymentEvent } from './deployment-events.js';
import { deployment, type DeploymentState } from './deployment.js';
import { registeredRevision } from './registered-revisions.js';

describe('revisions of a deployment, as its states share them', () => {
  /** Twice the same id is no history of ours, yet whoever reads it must read the same. */
  const revisionId = few('r1', 'r2', 'r3', 'r4', '7', '3', 'constructor', '__proto__');
  const event: fc.Arbitrary<DeploymentEvent> = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(revisionId, fc.nat(9)).map(([id, number]) => registered(id, number)) },
    fc.constantFrom<DeploymentEvent>(
      { type: 'ReplicasDesired', desiredReplicaCount: 3, atMs: 2 },
      { type: 'DeploymentStickinessChanged', stickiness: 'none', atMs: 3 },
      { type: 'DeploymentDeletionRequested', atMs: 4 },
    ),
  );
  const read = (state: DeploymentState): DeploymentState => JSON.parse(JSON.stringify(state)) as DeploymentState;

  it('are in every state what they are in one that was written and read in between, to the byte', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.boolean()), { maxLength: 30 }), (steps) => {
        let state = deployment.evolve(deployment.initialState, created);
        let plain = read(state);
        for (const [next, isLookedAt] of steps) {
          [state, plain] = [deployment.evolve(state, next), read(deployment.evolve(plain, next))];
          if (isLookedAt) expect(JSON.stringify(state)).toBe(JSON.stringify(plain));
        }
        expect(JSON.stringify(state)).toBe(JSON.stringify(plain));
        expect(structuredClone(state)).toEqual(plain);
        expect({ ...state }).toEqual(plain);
      }),
    );
  });

  it('stay as they were in a state that two histories go on from', () => {
    const events = fc.array(event, { maxLength: 10 });
    fc.assert(
      fc.property(events, events, events, (before, one, other) => {
        const after = (...parts: readonly (readonly DeploymentEvent[])[]): string => JSON.stringify(fold(deployment, [created, ...parts.flat()]));
        const start = fold(deployment, [created, ...before]);
        const [first, second] = [one, other].map((part) => part.reduce(deployment.evolve, start));
        expect([start, first, second].map((state) => JSON.stringify(state))).toEqual([after(before), after(before, one), after(before, other)]);
      }),
    );
  });

  it('are found by their id as they are in the record', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), revisionId, (events, id) => {
        const state = fold(deployment, [created, ...events]);
        if (state.phase === 'absent') return;
        const inRecord = Object.hasOwn(state.revisions, id) ? state.revisions[id] : null;
        expect(registeredRevision(state, id)).toEqual(inRecord);
        expect(registeredRevision({ ...state }, id)).toEqual(inRecord);
      }),
    );
  });

  it('are folded without copying what is there, however many they are', () => {
    const count = 10_000;
    const history = Array.from({ length: count }, (_, index) => registered(`revision-${index}`, index + 1));
    const state = fold<DeploymentState, DeploymentEvent>(deployment, [created, ...history]);
    expect(state).toMatchObject({ revisionCount: count, revisions: { 'revision-0': { number: 1 }, 'revision-9999': { number: count } } });
  });
});
