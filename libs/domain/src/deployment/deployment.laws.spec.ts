import fc from 'fast-check';
import { atMs, few, id, is, nullable, obeysTheLaws } from '../decider.conformance.js';
import { play } from '../given-when-then.js';
import { createDeployment } from './deployment-story.js';
import { deployment, type DeploymentState } from './deployment.js';
import type { DeploymentCommand } from './deployment-events.js';

describe('deployments', () => {
  const revisionId = few('r1', 'r2', 'r3', 'constructor', '__proto__');
  const activationId = few('a1', 'a2', 'a3', 'a4', 'a5', 'a6');
  const rollback = fc.record({ kind: is('rollback'), toTimeMs: nullable(fc.nat(9)), expectedHash: nullable(id) });
  const activation = fc.record({ activationId, revisionId, cause: fc.oneof(fc.constant({ kind: 'activate' as const }), rollback) });
  const rolling = { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } } as const;
  const blueGreen = { type: 'BLUE_GREEN', config: { autoPromotionEnabled: true, terminationWaitTimeSeconds: 1 } } as const;
  const settings = fc.record(
    {
      openToPublic: fc.boolean(),
      preferredDomainName: nullable(id),
      tags: fc.array(id, { maxLength: 2 }),
      strategy: fc.constantFrom(rolling, blueGreen),
      desiredReplicaCount: fc.nat(4),
      stickiness: fc.constantFrom('none' as const, 'session' as const, 'token' as const),
    },
    { requiredKeys: [] },
  );
  const command: fc.Arbitrary<DeploymentCommand> = fc.oneof(
    fc.constant(createDeployment),
    { weight: 15, arbitrary: fc.record({ type: is('RegisterRevision'), revisionId, contentHash: id, atMs }) },
    {
      weight: 30,
      arbitrary: fc.record({ type: is('ChangeDeployment'), name: id, settings, activation, atMs }, { requiredKeys: ['type', 'atMs'] }),
    },
    { weight: 20, arbitrary: fc.record({ type: is('ConfirmActivation'), activationId, configurationHash: id, atMs }) },
    { weight: 10, arbitrary: fc.record({ type: is('FailActivation'), activationId, reason: is('r'), atMs }) },
    { weight: 5, arbitrary: fc.record({ type: is('ScaleReplicas'), from: fc.nat(4), to: fc.nat(4), atMs }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('DeleteDeployment' as const, 'ConfirmDeletion' as const), atMs }) },
  );
  obeysTheLaws(deployment, command);

  it('number their revisions without gaps, run only revisions they have, and stay deleted', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 100 }), (asked) => {
        const { state, history } = play(deployment, asked);
        const numbers = history.flatMap((event) => (event.type === 'RevisionRegistered' ? [event.number] : []));
        expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
        const end = history.findIndex(({ type }) => type === 'DeploymentDeleted');
        expect([-1, history.length - 1]).toContain(end);
        checkRevisions(state);
      }),
    );
  });

  function checkRevisions(state: DeploymentState): void {
    if (state.phase === 'absent') return;
    const { revisions, activeRevisionId, history, pending } = state;
    expect(new Set(history).size).toBe(history.length);
    expect(history).not.toContain(activeRevisionId);
    for (const known of [...history, activeRevisionId, pending?.revisionId ?? null])
      expect(known === null || Object.hasOwn(revisions, known)).toBe(true);
  }
});
