import { access, ANALYSIS_DEFAULTS, deployment, deploymentStatus, EMPTY_SAMPLE, name, replica, revision, rollout, scaling, STATUS_EDGES, type Decider, type DeploymentStatus } from '@slipway/domain';
import fc from 'fast-check';
import { aggregateFolds, type AggregateCategory } from '../folds/aggregate-folds.js';
import { tinySpec } from '../fixtures/tiny-spec.js';
import { transitionRules } from './transition-rules.js';

const RUNS = 500;
const COMMANDS_MIN = 10;
const COMMANDS_MAX = 80;
const atMs = fc.nat(1_000);
const few = (prefix: string) => fc.nat(2).map((at) => `${prefix}${at}`);
const hash = fc.constantFrom('a', 'b').map((letter) => letter.repeat(64));

const statuses = Object.keys(STATUS_EDGES) as DeploymentStatus[];
const weights = fc.constantFrom([], [{ revisionId: 'r0', weightPercent: 100 }], [{ revisionId: 'r0', weightPercent: 40 }, { revisionId: 'r1', weightPercent: 60 }], [{ revisionId: 'r0', weightPercent: 1 }]);
const strategy = fc.constantFrom({ type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } }, { type: 'CANARY', config: { canaryPercentage: 1, canaryDuration: '1h', successThresholdPercent: 1 } });
const settings = { openToPublic: fc.boolean(), preferredDomainName: fc.option(few('host')), tags: fc.array(few('tag'), { maxLength: 2 }), strategy, desiredReplicaCount: fc.nat(3), stickiness: fc.constantFrom('none', 'session', 'token') };
const identity = { deploymentId: fc.constant('d'), name: few('name'), domain: fc.constant('default'), project: fc.constant('p'), createdBy: fc.constant('u') };
const cause = fc.constantFrom({ kind: 'activate' }, { kind: 'rollback', toTimeMs: null, expectedHash: null }, { kind: 'rollback', toTimeMs: 1, expectedHash: 'a'.repeat(64) });
const activation = fc.record({ activationId: few('activation'), revisionId: few('r'), cause });
const initialRevision = fc.record({ revisionId: few('r'), contentHash: hash, activationId: few('activation') });
const direction = fc.constantFrom('forward', 'back');
const promote = { type: 'promote' };
const analyse = { type: 'analyse', policy: { ...ANALYSIS_DEFAULTS, durationMs: 1, intervalMs: 1, successThresholdPercent: 1, minRequests: 1 } };
const plan = fc.constantFrom([], [promote], [{ type: 'launch', count: 1 }, { type: 'awaitReady', count: 1 }, promote], [analyse, promote], [{ type: 'hold', durationMs: null }, analyse, promote, { type: 'hold', durationMs: 1 }]);
const sample = fc.nat(9).map((successes) => ({ ...EMPTY_SAMPLE, successes }));
const measurement = fc.record({ fromMs: atMs, toMs: atMs, canary: sample, stable: sample });
const asked = { actor: fc.constant('u'), reason: fc.option(fc.constant('because')) };
const meantStep = fc.nat(3);
const attempt = fc.constantFrom(1, 1, 1, 1, 2, 2, 3);
const exit = { exitCode: fc.constant(1), signal: fc.constant(null), lastLines: fc.constant([]) };

const scalingRule = fc.record({ ruleId: few('rule'), metric: fc.constant('inFlight'), aggregate: fc.constant('max'), minThreshold: fc.constantFrom(null, 1), maxThreshold: fc.constant(3), stepSize: fc.constant(1), cooldownMs: fc.constant(0), minReplicas: fc.integer({ min: 1, max: 3 }), maxReplicas: fc.integer({ min: 3, max: 6 }), enabled: fc.boolean() });
const scaleInputs = fc.record({ desired: fc.nat(4), starting: fc.nat(1), duringRollout: fc.boolean(), replicas: fc.array(fc.record({ replicaId: few('d-'), figures: fc.record({ inFlight: fc.constantFrom(0, 5, null) }) }), { maxLength: 3 }) });

const command = (type: string, fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {}) => fc.record({ type: fc.constant(type), atMs, ...fields });

/** Any commands whatever, most of which make no sense: the deciders sort them out. */
const commands: Readonly<Record<AggregateCategory, readonly fc.Arbitrary<object>[]>> = {
  deployment: [
    command('CreateDeployment', { ...identity, ...settings, initialRevision }),
    command('RegisterRevision', { revisionId: few('r'), contentHash: hash }),
    command('ChangeDeployment', { settings: fc.record(settings, { requiredKeys: [] }) }),
    command('ChangeDeployment', { name: few('name'), activation }),
    command('ConfirmActivation', { activationId: few('activation'), configurationHash: hash }),
    command('FailActivation', { activationId: few('activation'), reason: fc.constant('') }),
    fc.oneof({ weight: 8, arbitrary: command('RegisterRevision', { revisionId: few('r'), contentHash: hash }) }, { weight: 1, arbitrary: command('DeleteDeployment') }),
    command('ConfirmDeletion'),
  ],
  revision: [command('CreateRevision', { revisionId: fc.constant('d'), deploymentId: fc.constant('x'), name: fc.constant(null), tags: fc.constant([]), spec: fc.constant(tinySpec), contentHash: hash, warnings: fc.constant([]), createdBy: fc.constant('u') })],
  access: [
    command('CreateAccessToken', { tokenId: few('t'), deploymentId: fc.constant('d'), name: fc.constant(null), hash, prefix: fc.constant('sk'), createdBy: fc.constant('u'), expiresAtMs: fc.option(atMs), mayPinRevisions: fc.boolean() }),
    command('DeleteAccessToken', { tokenId: few('t') }),
  ],
  name: [command('ReserveName', { deploymentId: few('d') }), command('ReleaseName', { deploymentId: few('d') })],
  scaling: [
    command('CreateScalingRule', { deploymentId: fc.constant('d'), rule: scalingRule }),
    command('UpdateScalingRule', { deploymentId: fc.constant('d'), ruleId: few('rule'), changes: fc.record({ stepSize: fc.integer({ min: 1, max: 3 }), maxReplicas: fc.integer({ min: 3, max: 6 }) }) }),
    command('DeleteScalingRule', { deploymentId: fc.constant('d'), ruleId: few('rule') }),
    command('EvaluateScale', { deploymentId: fc.constant('d'), inputs: scaleInputs }),
  ],
  rollout: [
    command('StartRollout', { rolloutId: fc.constant('d'), deploymentId: fc.constant('x'), activationId: fc.constant('a'), targetRevisionId: fc.constant('r1'), previousRevisionId: fc.option(fc.constant('r0')), desired: fc.nat(3), surge: fc.nat(1), unavailable: fc.nat(1), plan, strategy: fc.constantFrom('ROLLING', 'CANARY'), progressDeadlineMs: fc.constant(1), sideBySide: fc.boolean() }),
    command('CompleteStep', { direction, step: fc.nat(3) }),
    command('CompleteStep', { direction, step: fc.nat(3) }),
    command('RecordMeasurement', { step: fc.nat(3), measurement }),
    fc.oneof(
      { weight: 8, arbitrary: command('CompleteStep', { direction, step: fc.nat(3) }) },
      { weight: 1, arbitrary: command('SupersedeRollout', { byActivationId: fc.constant('b') }) },
      { weight: 2, arbitrary: command('AbortRollout', { reason: fc.constant(''), plan }) },
      { weight: 2, arbitrary: command('RescaleRollout', { desired: fc.nat(3) }) },
    ),
    fc.oneof(
      { weight: 3, arbitrary: command('PauseRollout', asked) },
      { weight: 3, arbitrary: command('ResumeRollout', asked) },
      { weight: 3, arbitrary: command('PromoteRollout', { ...asked, full: fc.boolean(), step: meantStep }) },
      { weight: 3, arbitrary: command('SkipStep', { ...asked, step: meantStep }) },
      { weight: 1, arbitrary: command('RequestAbort', asked) },
    ),
  ],
  replica: [
    command('RequestReplica', { replicaId: fc.constant('d'), deploymentId: fc.constant('x'), revisionId: fc.constant('r0'), name: fc.constant('n'), ordinal: fc.constant(0) }),
    command('RecordLaunch', { attempt, endpoint: fc.constant('e'), handle: fc.constant('h') }),
    command('RecordReady', { attempt }),
    command('RecordUnready', { attempt, reason: fc.constant('') }),
    command('RecordExit', { attempt, ...exit }),
    fc.oneof(
      { weight: 8, arbitrary: command('RecordReady', { attempt }) },
      { weight: 1, arbitrary: command('GiveUpReplica', { errorData: fc.constant({ reason: 'CRASH_LOOP', message: '', exitCode: 1, signal: null, lastLines: [] }) }) },
      { weight: 2, arbitrary: command('DrainReplica', { reason: fc.constant(''), limitMs: fc.constant(1) }) },
    ),
    command('RecordDrained', { forced: fc.boolean(), inFlight: fc.nat(2) }),
    command('RecordStopped'),
  ],
  status: [command('ChangeStatus', { to: fc.constantFrom(...statuses), reason: fc.constant('') }), command('ChangeRouting', { weights })],
};

type AnyDecider = Decider<unknown, object, { readonly type: string }, unknown>;
const deciders = { deployment, revision, access, name, rollout, replica, scaling, status: deploymentStatus } as unknown as Readonly<Record<AggregateCategory, AnyDecider>>;
const categories = Object.keys(commands) as AggregateCategory[];

describe.each(categories)('the rules for %s streams', (category) => {
  it('let every history pass that its decider allows, whatever it was asked to do', () => {
    const types = new Set<string>();
    fc.assert(
      fc.property(fc.array(fc.oneof(...commands[category]), { minLength: COMMANDS_MIN, maxLength: COMMANDS_MAX }), (given) => {
        let state = deciders[category].initialState;
        for (const next of given) {
          const decision = deciders[category].decide(next, state);
          for (const event of 'accepted' in decision ? decision.accepted : []) {
            types.add(event.type);
            expect({ event, problem: transitionRules[category].problem(state, event, 'd') }).toEqual({ event, problem: null });
            state = deciders[category].evolve(state, event);
          }
        }
      }),
      { numRuns: RUNS },
    );
    expect([...types].sort()).toEqual([...aggregateFolds[category].types].sort()); // the law has met every one
  });
});

describe('a deployment stream', () => {
  const created = { type: 'DeploymentCreated', deploymentId: 'd', name: 'n', domain: 'default', project: 'p', createdBy: 'u', openToPublic: false, preferredDomainName: null, tags: [], strategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } }, desiredReplicaCount: 1, atMs: 1 };
  const state = deciders.deployment.evolve(deciders.deployment.initialState, created);
  const problem = (event: { readonly type: string }, before: unknown = state) => transitionRules.deployment.problem(before, event, 'd');

  it.each([
    ['a gap in the numbers of revisions', { type: 'RevisionRegistered', revisionId: 'r', number: 2 }, 'revisions are numbered without gaps'],
    ['an activation of nothing', { type: 'RevisionActivationRequested', revisionId: 'r', previousRevisionId: null }, 'the revision is registered'],
    ['an activation nobody asked for', { type: 'RevisionActivated', activationId: 'a', revisionId: 'r' }, 'the activation is pending'],
    ['a name it never had', { type: 'DeploymentRenamed', name: 'm', previousName: 'x' }, 'the previous name is the one it had'],
    ['an end nobody asked for', { type: 'DeploymentDeleted' }, 'its deletion was requested'],
  ])('shows %s', (_what, event, claim) => expect(problem(event)).toBe(`it does not hold that ${claim}`));

  it('shows one that bears the id of another', () => {
    expect(problem({ ...created, deploymentId: 'other' } as { type: string }, deciders.deployment.initialState)).toContain('bears the id of its deployment');
  });
});
