import { created } from '../deployment/deployment-story.js';
import type { DeploymentEvent } from '../deployment/deployment-events.js';
import { registrarProcess, RESERVATION_LIMIT_MS, type RegistrarEffect, type RegistrarInput } from './registrar-process.js';

/** What the last input causes, after the ones before it. */
function effectsOf(...inputs: readonly [RegistrarInput, ...RegistrarInput[]]): readonly RegistrarEffect[] {
  let state = registrarProcess.initialState;
  let effects: readonly RegistrarEffect[] = [];
  for (const input of inputs) {
    state = registrarProcess.evolve(state, input);
    effects = registrarProcess.react(input, state);
  }
  return effects;
}

const said = (event: DeploymentEvent): RegistrarInput => ({ from: 'deployment', deploymentId: 'd', event });
const rollout = (event: { type: 'RolloutCompleted' | 'RolloutStarted' } | { type: 'RolloutFailed' | 'RolloutRolledBack'; reason: string }) =>
  ({ from: 'rollout', event: { deploymentId: 'd', activationId: 'a', atMs: 1, ...event } }) as RegistrarInput;
const nameStream = 'name-default/llama-3';
const reserved: RegistrarInput = { from: 'name', nameStream, event: { type: 'NameReserved', deploymentId: 'd', atMs: 1 } };
const limit: RegistrarInput = { from: 'timer', timer: { type: 'ReservationLimitReached', nameStream } };

describe('the registrar', () => {
  it('confirms an activation when its rollout is complete', () => {
    expect(effectsOf(said(created), rollout({ type: 'RolloutCompleted' }))).toEqual([
      { type: 'confirmActivation', deploymentId: 'd', activationId: 'a' },
    ]);
  });

  it.each(['RolloutFailed', 'RolloutRolledBack'] as const)('fails an activation, with the reason, after %s', (type) => {
    expect(effectsOf(said(created), rollout({ type, reason: 'crash loop' }))).toEqual([
      { type: 'failActivation', deploymentId: 'd', activationId: 'a', reason: 'crash loop' },
    ]);
  });

  it('says nothing while a rollout is under way', () => {
    expect(effectsOf(said(created), rollout({ type: 'RolloutStarted' }))).toEqual([]);
  });

  it('confirms a deletion when the last replica is gone', () => {
    const status = { type: 'DeploymentStatusChanged', from: 'DESTROYING', to: 'DESTROYED', reason: '', atMs: 1 } as const;
    expect(effectsOf(said(created), { from: 'status', event: status })).toEqual([{ type: 'confirmDeletion', deploymentId: 'd' }]);
    expect(effectsOf(said(created), { from: 'status', event: { ...status, to: 'DESTROYING' } })).toEqual([]);
  });

  it('makes what the autoscaler decided what is desired', () => {
    const event = { type: 'ReplicasDesiredChanged', deploymentId: 'd', from: 1, to: 3, ruleId: 'r', atMs: 1 } as const;
    expect(effectsOf(said(created), { from: 'scaling', deploymentId: 'd', event })).toEqual([{ type: 'scale', deploymentId: 'd', replicas: { from: 1, to: 3 } }]);
  });

  it('releases names that are no longer borne', () => {
    const renamed = said({ type: 'DeploymentRenamed', name: 'b', previousName: 'llama-3', atMs: 2 });
    expect(effectsOf(said(created), renamed)).toEqual([{ type: 'releaseName', deploymentId: 'd', domain: 'default', name: 'llama-3' }]);
    const hosted = said({ type: 'PreferredDomainNameChanged', preferredDomainName: 'b.c', previous: 'a.b', atMs: 2 });
    expect(effectsOf(said(created), hosted)).toEqual([{ type: 'releaseHost', deploymentId: 'd', hostName: 'a.b' }]);
    const gone = said({ type: 'DeploymentDeleted', atMs: 3 });
    expect(effectsOf(said(created), renamed, hosted, gone)).toEqual([
      { type: 'releaseName', deploymentId: 'd', domain: 'default', name: 'b' },
      { type: 'releaseHost', deploymentId: 'd', hostName: 'b.c' },
    ]);
  });

  it('looks after a while whether a reserved name came to be borne, for a creation cut short as for a renaming', () => {
    const wake = [{ type: 'wakeIn', timerId: `reservation/${nameStream}`, delayMs: RESERVATION_LIMIT_MS, input: limit }];
    expect(effectsOf(reserved)).toEqual(wake);
    expect(effectsOf(said(created), reserved)).toEqual(wake);
    const release = [{ type: 'releaseStream', deploymentId: 'd', nameStream }];
    expect(effectsOf(reserved, limit)).toEqual(release);
    expect(effectsOf(said(created), reserved, limit)).toEqual(release);
  });
});
