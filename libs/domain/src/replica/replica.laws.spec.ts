import fc from 'fast-check';
import { atMs, few, is, nullable, obeysTheLaws } from '../decider.conformance.js';
import { play } from '../given-when-then.js';
import { CRASH_LOOP_EXITS_MAX, replica, type ReplicaPhase } from './replica.js';
import type { ReplicaCommand } from './replica-events.js';

describe('replicas', () => {
  const attempt = fc.nat(8);
  const ending = { exitCode: nullable(fc.nat(255)), signal: nullable(few('SIGKILL')), lastLines: fc.constant([]) };
  const ids = { replicaId: is('x'), deploymentId: is('d'), revisionId: is('r'), name: is('n'), ordinal: fc.nat(3) };
  const command: fc.Arbitrary<ReplicaCommand> = fc.oneof(
    fc.record({ type: is('RequestReplica'), ...ids, atMs }),
    { weight: 20, arbitrary: fc.record({ type: is('RecordLaunch'), attempt, endpoint: is('e'), handle: is('h'), atMs }) },
    { weight: 20, arbitrary: fc.record({ type: is('RecordReady'), attempt, atMs }) },
    fc.record({ type: is('RecordUnready'), attempt, reason: is('r'), atMs }),
    { weight: 20, arbitrary: fc.record({ type: is('RecordExit'), attempt, ...ending, atMs }) },
    { weight: 1, arbitrary: fc.record({ type: is('DrainReplica'), reason: is('r'), limitMs: fc.nat(9), atMs }) },
    fc.record({ type: is('RecordDrained'), forced: fc.boolean(), inFlight: fc.nat(2), atMs }),
    fc.record({ type: is('RecordStopped'), atMs }),
  );
  obeysTheLaws(replica, command);

  /** Where each phase may lead. */
  const NEXT: Readonly<Record<ReplicaPhase, readonly ReplicaPhase[]>> = {
    absent: ['requested'],
    requested: ['launched', 'restarting', 'draining', 'failed'],
    launched: ['launched', 'ready', 'restarting', 'draining', 'failed'],
    ready: ['launched', 'unready', 'restarting', 'draining', 'failed'],
    unready: ['launched', 'ready', 'restarting', 'draining', 'failed'],
    restarting: ['launched', 'draining', 'failed'],
    draining: ['drained', 'failed'],
    drained: ['stopped', 'failed'],
    stopped: [],
    failed: [],
  };

  it('move along their phases, never back from leaving, count starts upwards and are never ready with too many exits', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (asked) => {
        let state = replica.initialState;
        for (const event of play(replica, asked).history) {
          const next = replica.evolve(state, event);
          expect(NEXT[state.phase]).toContain(next.phase);
          expect(next.attempt).toBeGreaterThanOrEqual(state.attempt);
          expect(next.exitsInARow).toBeLessThan(CRASH_LOOP_EXITS_MAX);
          if (next.phase === 'ready') expect(next).toMatchObject({ readySinceMs: expect.any(Number), endpoint: expect.any(String) });
          state = next;
        }
      }),
    );
  });
});
