import { accept, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import { deploymentStatus, isLegalStatusChange, sameWeights, type DeploymentStatus, type StatusEvent } from './deployment-status.js';

const STATES = ['INACTIVE', 'ACTIVE', 'HIBERNATED', 'PROVISIONING', 'UPDATING', 'FAILED', 'DESTROYING', 'DESTROYED'] as const;

/** X2 word by word, apart from the table under test. */
const LEGAL = new Set([
  'null PROVISIONING',
  'null INACTIVE', // without a revision there is nothing to provision
  'null DESTROYING',
  'PROVISIONING ACTIVE',
  'PROVISIONING FAILED',
  'ACTIVE UPDATING',
  'UPDATING ACTIVE',
  'UPDATING FAILED',
  'ACTIVE HIBERNATED',
  'HIBERNATED PROVISIONING',
  'ACTIVE INACTIVE',
  'INACTIVE ACTIVE',
  'FAILED UPDATING',
  'FAILED PROVISIONING',
  'INACTIVE DESTROYING',
  'ACTIVE DESTROYING',
  'HIBERNATED DESTROYING',
  'PROVISIONING DESTROYING',
  'UPDATING DESTROYING',
  'FAILED DESTROYING',
  'DESTROYING DESTROYED',
]);

const pairs = [null, ...STATES].flatMap((from) => STATES.filter((to) => to !== from).map((to) => ({ from, to, legal: LEGAL.has(`${from} ${to}`) })));
const changed = (from: DeploymentStatus | null, to: DeploymentStatus): StatusEvent => ({ type: 'DeploymentStatusChanged', from, to, reason: 'r', atMs: 1 });
const at = (status: DeploymentStatus | null): readonly StatusEvent[] => (status === null ? [] : [changed(null, status)]);

describe('the status of a deployment (X2, S1.13)', () => {
  it.each(pairs.filter(({ legal }) => legal))('X2: goes from $from to $to', ({ from, to }) => {
    expect(isLegalStatusChange(from, to)).toBe(true);
    expect(given(deploymentStatus, ...at(from)).when({ type: 'ChangeStatus', to, reason: 'r', atMs: 1 })).toEqual(accept(changed(from, to)));
  });

  it.each(pairs.filter(({ legal }) => !legal))('X2: never goes from $from to $to', ({ from, to }) => {
    expect(isLegalStatusChange(from, to)).toBe(false);
    expect(given(deploymentStatus, ...at(from)).when({ type: 'ChangeStatus', to, reason: 'r', atMs: 1 })).toEqual(
      reject({ type: 'IllegalStatusChange', from, to }),
    );
  });

  it.each(STATES)('is not recorded again when it is %s already', (to) => {
    expect(given(deploymentStatus, changed(null, to)).when({ type: 'ChangeStatus', to, reason: 'other', atMs: 2 })).toEqual(accept());
  });
});

describe('the split of traffic over revisions', () => {
  const route = (...weights: readonly number[]) =>
    ({ type: 'ChangeRouting', weights: weights.map((weightPercent, index) => ({ revisionId: `r${index}`, weightPercent })), mirror: null, atMs: 1 }) as const;

  it('is recorded when it changes, and only then', () => {
    const story = given(deploymentStatus);
    expect(story.when(route(60, 40))).toEqual(accept({ ...route(60, 40), type: 'RoutingChanged' }));
    expect(story.when(route(60, 40))).toEqual(accept());
    expect(story.when(route(40, 60))).toHaveProperty('accepted.length', 1);
    expect(story.when(route())).toEqual(accept({ type: 'RoutingChanged', weights: [], mirror: null, atMs: 1 }));
  });

  it('is recorded when only the copies change', () => {
    const mirror = { revisionId: 'r1', percent: 20 };
    const story = given(deploymentStatus);
    story.when(route(100));
    expect(story.when({ ...route(100), mirror })).toEqual(accept({ ...route(100), type: 'RoutingChanged', mirror }));
    expect(story.when({ ...route(100), mirror })).toEqual(accept());
    expect(story.when(route(100))).toHaveProperty('accepted.length', 1);
  });

  it.each([[[50]], [[60, 60]], [[0]]])('is refused when it does not sum to 100: %j', (weights) => {
    expect(given(deploymentStatus).when(route(...weights))).toHaveProperty('rejected.type', 'WeightsDoNotSum');
  });

  it('is another one in another order, for that says whose keys are whose', () => {
    const { weights } = route(30, 70);
    const turned = { ...route(30, 70), weights: weights.toReversed() };
    expect(given(deploymentStatus).when(route(30, 70), turned)).toEqual(accept({ ...turned, type: 'RoutingChanged' }));
    expect(given(deploymentStatus).when(route(30, 70), route(30, 70))).toEqual(accept());
    expect(sameWeights(weights, weights.toReversed())).toBe(false);
    expect(sameWeights(weights, route(70, 30).weights)).toBe(false);
    expect(sameWeights(weights, weights.slice(1))).toBe(false);
  });
});
