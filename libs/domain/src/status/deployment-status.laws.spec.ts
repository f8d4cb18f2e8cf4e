import fc from 'fast-check';
import { atMs, few, is, obeysTheLaws } from '../decider.conformance.js';
import { play } from '../given-when-then.js';
import { deploymentStatus, isLegalStatusChange, type DeploymentStatus, type StatusCommand } from './deployment-status.js';

describe('the status of a deployment', () => {
  const states: readonly DeploymentStatus[] = ['INACTIVE', 'ACTIVE', 'HIBERNATED', 'PROVISIONING', 'UPDATING', 'FAILED', 'DESTROYING', 'DESTROYED'];
  const weights = fc.array(fc.record({ revisionId: few('r', 's'), weightPercent: fc.constantFrom(0, 30, 70, 100) }), { maxLength: 3 });
  const command: fc.Arbitrary<StatusCommand> = fc.oneof(
    fc.record({ type: is('ChangeStatus'), to: fc.constantFrom(...states), reason: is('r'), atMs }),
    fc.record({ type: is('ChangeRouting'), weights, mirror: fc.constantFrom(null, { revisionId: 'r', percent: 5 }), atMs }),
  );
  obeysTheLaws(deploymentStatus, command);

  it('X2: is a walk along legal edges, and the weights always sum to 100', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 100 }), (asked) => {
        let status: DeploymentStatus | null = null;
        for (const event of play(deploymentStatus, asked).history) {
          if (event.type === 'RoutingChanged') {
            expect([0, 100]).toContain(event.weights.reduce((sum, { weightPercent }) => sum + weightPercent, 0));
            continue;
          }
          expect(event.from).toBe(status);
          expect(isLegalStatusChange(status, event.to)).toBe(true);
          status = event.to;
        }
      }),
    );
  });
});
