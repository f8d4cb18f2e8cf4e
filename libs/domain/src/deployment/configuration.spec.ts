import { fold } from '../decider.js';
import { configurationText } from './configuration.js';
import { activated, registered, requested, serving } from './deployment-story.js';
import { deployment, type LivingDeployment } from './deployment.js';
import type { DeploymentEvent } from './deployment-events.js';

const living = (...more: readonly DeploymentEvent[]): LivingDeployment => {
  const state = fold(deployment, [...serving, ...more]);
  if (state.phase === 'absent') throw new Error('the story has no beginning');
  return state;
};
const before = configurationText(living());

describe('the configuration of a deployment as text', () => {
  it.each<[string, DeploymentEvent]>([
    ['visibility', { type: 'DeploymentVisibilityChanged', openToPublic: true, atMs: 5 }],
    ['host name', { type: 'PreferredDomainNameChanged', preferredDomainName: 'a.b', previous: null, atMs: 5 }],
    ['tags', { type: 'DeploymentTagsChanged', tags: [], atMs: 5 }],
    ['strategy', { type: 'DeploymentStrategyChanged', strategy: { type: 'ROLLING', config: { maxSurge: 2, maxUnavailable: 0 } }, atMs: 5 }],
    ['replica count', { type: 'ReplicasDesired', desiredReplicaCount: 9, atMs: 5 }],
    ['active revision', activated('a2', 'r2')],
  ])('tells another %s', (_what, event) => {
    expect(configurationText(living(event))).not.toBe(before);
  });

  it.each<[string, DeploymentEvent]>([
    ['name', { type: 'DeploymentRenamed', name: 'b', previousName: 'llama-3', atMs: 5 }],
    ['revision that is not active', registered('r3', 3)],
    ['activation under way', requested('a2', 'r2')],
  ])('does not depend on a %s', (_what, event) => {
    expect(configurationText(living(event))).toBe(before);
  });

  it('is the same again once everything was taken back, however long the way', () => {
    const away: DeploymentEvent[] = [{ type: 'ReplicasDesired', desiredReplicaCount: 9, atMs: 5 }, activated('a2', 'r2')];
    const back: DeploymentEvent[] = [{ type: 'ReplicasDesired', desiredReplicaCount: 2, atMs: 6 }, activated('a3', 'r1')];
    expect(configurationText(living(...away, ...back))).toBe(before);
  });

  it('can be asked with another revision in place of the active one', () => {
    expect(configurationText(living(), 'r2')).toBe(configurationText(living(activated('a2', 'r2'))));
    expect(JSON.parse(configurationText(living(), null))).toMatchObject({ revision: null, desiredReplicaCount: 2 });
  });
});
