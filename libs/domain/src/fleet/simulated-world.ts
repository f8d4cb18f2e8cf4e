import type { Decision } from '../decider.js';
import { deployment, type DeploymentState } from '../deployment/deployment.js';
import type { DeploymentCommand, DeploymentEvent } from '../deployment/deployment-events.js';
import { replica, type ReplicaState } from '../replica/replica.js';
import type { ReplicaCommand, ReplicaEvent } from '../replica/replica-events.js';
import type { RolloutCommand, RolloutEvent } from '../rollout/rollout-events.js';
import { rollout } from '../rollout/rollout.js';
import type { RolloutState, Walk } from '../rollout/rollout-state.js';
import { deploymentStatus, type StatusCommand, type StatusEvent, type StatusState } from '../status/deployment-status.js';
import type { Fleet, FleetInput, FleetRollout } from './fleet.js';
import { afterStep } from '../process.js';
import type { FleetEffect } from './fleet-effect.js';
import { fleetProcess } from './fleet-process.js';

/** `decidedAt`: how much of the log the process had seen when it asked for this, and `decidedIn` the rollout it then walked. */
export type Fact = { readonly input: FleetInput; readonly decidedAt: number | null; readonly decidedIn: FleetRollout | null };
type Pending = { readonly effect: FleetEffect; readonly decidedAt: number; readonly decidedIn: FleetRollout | null };

type Decided = Omit<Pending, 'effect'> | typeof UNDECIDED;
/** By a user, or by the world outside. */
const UNDECIDED = { decidedAt: null, decidedIn: null } as const;

/**
 * One deployment's whole control plane in memory, for laws: the real deciders and the real process, with the log, the
 * delivery of facts, the performing of effects and the clock in the hands of a scheduler.
 */
export class SimulatedWorld {
  readonly log: Fact[] = [];
  delivered = 0;
  fleet: Fleet = fleetProcess.initialState;
  pending: Pending[] = [];
  timers = new Map<string, { atMs: number; input: FleetInput }>();
  nowMs = 1;
  deployment: DeploymentState = deployment.initialState;
  status: StatusState = deploymentStatus.initialState;
  readonly rollouts = new Map<string, RolloutState>();
  readonly replicas = new Map<string, ReplicaState>();
  readonly refusals: string[] = [];

  constructor(private readonly onFact: (world: SimulatedWorld, fact: Fact) => void) {}

  user(command: DeploymentCommand): void {
    this.deployment = this.#append<DeploymentEvent, DeploymentState>(
      deployment.decide(command, this.deployment),
      this.deployment,
      (state, event) => deployment.evolve(state, event),
      (event) => ({ from: 'deployment', event }),
    );
  }

  /** A command to the rollout under way, if there is one. */
  rollout(toCommand: (state: Walk) => RolloutCommand): void {
    for (const [rolloutId, state] of this.rollouts) if (state.phase === 'walking') this.#rollout(rolloutId, toCommand(state));
  }

  replica(replicaId: string, command: ReplicaCommand, decided: Decided = UNDECIDED): void {
    const before = this.replicas.get(replicaId) ?? replica.initialState;
    this.#append<ReplicaEvent, ReplicaState>(
      replica.decide(command, before),
      before,
      (state, event) => {
        const after = replica.evolve(state, event);
        this.replicas.set(replicaId, after);
        return after;
      },
      (event) => ({ from: 'replica', replicaId, event }),
      decided,
    );
  }

  /** Hands the next undelivered fact to the process and keeps what it asks for. */
  deliver(): boolean {
    const fact = this.log[this.delivered];
    if (fact === undefined) return false;
    this.delivered += 1;
    this.#take(fact.input);
    return true;
  }

  /** Performs the oldest outstanding effect; with `keep` it stays, to be performed again, as after a crash. */
  perform(keep: boolean): boolean {
    const next = this.pending[0];
    if (next === undefined) return false;
    if (!keep) this.pending.shift();
    this.#perform(next);
    return true;
  }

  /** Moves the clock to the earliest timer and fires it. */
  fireNextTimer(): boolean {
    const first = [...this.timers].sort(([, a], [, b]) => a.atMs - b.atMs)[0];
    if (first === undefined) return false;
    this.timers.delete(first[0]);
    this.nowMs = Math.max(this.nowMs, first[1].atMs);
    this.#take(first[1].input);
    return true;
  }

  #take(input: FleetInput): void {
    const effects = fleetProcess.react(input, fleetProcess.evolve(this.fleet, input));
    const recorded = effects.filter(({ type }) => type !== 'wakeIn');
    this.fleet = afterStep(fleetProcess, this.fleet, input, recorded);
    for (const effect of effects) this.pending.push({ effect, decidedAt: this.delivered, decidedIn: this.fleet.rollout });
  }

  #rollout(rolloutId: string, command: RolloutCommand): void {
    const before = this.rollouts.get(rolloutId) ?? rollout.initialState;
    this.#append<RolloutEvent, RolloutState>(
      rollout.decide(command, before),
      before,
      (state, event) => {
        const after = rollout.evolve(state, event);
        this.rollouts.set(rolloutId, after);
        return after;
      },
      (event) => ({ from: 'rollout', rolloutId, event }),
    );
  }

  #perform({ effect, ...decided }: Pending): void {
    const atMs = this.nowMs++;
    switch (effect.type) {
      case 'sendReplica':
        return this.replica(effect.replicaId, { ...effect.command, atMs } as ReplicaCommand, decided);
      case 'sendRollout':
        return this.#rollout(effect.rolloutId, { ...effect.command, atMs } as RolloutCommand);
      case 'sendStatus':
        this.status = this.#append<StatusEvent, StatusState>(
          deploymentStatus.decide({ ...effect.command, atMs } as StatusCommand, this.status),
          this.status,
          (state, event) => (this.status = deploymentStatus.evolve(state, event)),
          (event) => ({ from: 'status', event }),
        );
        return;
      case 'wakeIn':
        this.timers.set(effect.timerId, { atMs: atMs + effect.delayMs, input: effect.input });
    }
  }

  #append<E, S>(
    decision: Decision<E, { readonly type: string }>,
    before: S,
    evolve: (state: S, event: E) => S,
    toInput: (event: E) => FleetInput,
    decided: Decided = UNDECIDED,
  ): S {
    if ('rejected' in decision) this.refusals.push(decision.rejected.type);
    let state = before;
    for (const event of 'accepted' in decision ? decision.accepted : []) {
      state = evolve(state, event);
      const fact = { input: toInput(event), ...decided };
      this.log.push(fact);
      this.onFact(this, fact);
    }
    return state;
  }
}
