import { GraphClient } from '../demo/graph-client.js';
import { randomUUID } from 'node:crypto';

/** How long a rollout of small engines may take on a slow and busy machine. */
const LIMIT_MS = 240_000;
const LOOK_EVERY_MS = 60;
/** Whoever finds no gateway asks the next after this. */
const ASK_AGAIN_MS = 100;

export type Look = {
  readonly status: string;
  readonly revision: { readonly id: string } | null;
  readonly deployingRevision: { readonly id: string } | null;
  readonly rollout: SeenRollout | null;
  readonly replicaManagement: { readonly replicas: readonly { readonly status: string; readonly revision: { readonly id: string } }[] };
};
export type SeenRollout = {
  readonly id: string;
  readonly status: string;
  readonly currentStep: number;
  readonly reason: string | null;
  readonly targetRevision: { readonly id: string } | null;
  readonly steps: readonly { readonly type: string; readonly durationSeconds: number | null }[];
};

export type RolloutCommandName = 'abortRollout' | 'promoteRollout';

/** A person at the public graph, who asks again, of the next gateway, when one is away. */
export class Operator {
  readonly #gateways: readonly GraphClient[];

  constructor(
    readonly deploymentId: string,
    ports: readonly number[],
    adminToken: string,
  ) {
    this.#gateways = ports.map((port) => new GraphClient(`http://127.0.0.1:${port}/graphql`, adminToken));
  }

  async look(): Promise<Look> {
    const { deployment } = await this.#ask<{ deployment: Look | null }>(LOOK, { id: this.deploymentId });
    if (deployment === null) throw new Error(`there is no deployment ${this.deploymentId}`);
    return deployment;
  }

  async update(change: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#ask(UPDATE, { input: { id: this.deploymentId, ...change } });
  }

  /** Starts a rollout to the revision, and gives its id once it walks. */
  async activate(revisionId: string): Promise<string> {
    const before = (await this.look()).rollout?.id;
    await this.update({ activeRevisionId: revisionId });
    const { rollout } = await this.until('a rollout starts', (seen) => seen.rollout !== null && seen.rollout.id !== before);
    return rollout?.id ?? '';
  }

  /** Null when it was done, else why it was refused. */
  async command(name: RolloutCommandName, rolloutId: string): Promise<string | null> {
    const input = { rolloutId, reason: 'a trial' };
    const type = name === 'promoteRollout' ? 'PromoteRolloutInput' : 'RolloutCommandInput';
    return this.#ask(`mutation ($input: ${type}!) { ${name}(input: $input) { rollout { id } } }`, { input }).then(
      () => null,
      (error: unknown) => (error as Error).message,
    );
  }

  async rollback(toRevisionId: string): Promise<void> {
    await this.#ask(ROLLBACK, { id: this.deploymentId, toRevisionId });
  }

  /** Waits until the rollout is at this step or past it, passing waits for a person by; false when it ended before. */
  async atStep(rolloutId: string, step: number): Promise<boolean> {
    const isThere = (seen: Look): boolean => hasEnded(seen, rolloutId) || (seen.rollout?.currentStep ?? 0) >= step;
    for (;;) {
      const seen = await this.until(`the rollout is at step ${step}`, (now) => isThere(now) || waitsForPerson(now));
      if (isThere(seen)) return !hasEnded(seen, rolloutId);
      await this.command('promoteRollout', rolloutId);
    }
  }

  /** Waits until the rollout waits in a step of this type. */
  async atStepOf(rolloutId: string, type: string): Promise<void> {
    await this.until(`the rollout is at ${type}`, ({ rollout }) => rollout?.id === rolloutId && rollout.steps[rollout.currentStep]?.type === type);
  }

  /** Waits until nothing is under way and so many replicas of the revision run, and no others. */
  async atRest(revisionId: string, replicas: number): Promise<Look> {
    return this.until(`${replicas} replicas of ${revisionId} are at rest`, (seen) => {
      const all = seen.replicaManagement.replicas;
      const asWanted = all.length === replicas && all.every(({ status, revision }) => status === 'RUNNING' && revision.id === revisionId);
      const isWalking = seen.rollout !== null && WALKING.includes(seen.rollout.status);
      return asWanted && !isWalking && seen.status === 'ACTIVE' && seen.deployingRevision === null && seen.revision?.id === revisionId;
    });
  }

  async until(what: string, holds: (seen: Look) => boolean): Promise<Look> {
    const untilMs = Date.now() + LIMIT_MS;
    for (;;) {
      const seen = await this.look();
      if (holds(seen)) return seen;
      if (Date.now() > untilMs) throw new Error(`not within ${LIMIT_MS} ms: ${what}: ${JSON.stringify(seen)}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  /** Under one key, so that what was done and not answered for is not done twice. */
  async #ask<T>(query: string, variables: Record<string, unknown>): Promise<T> {
    const key = randomUUID();
    const untilMs = Date.now() + LIMIT_MS;
    for (let attempt = 0; ; attempt++) {
      const gateway = this.#gateways[attempt % this.#gateways.length] as GraphClient;
      try {
        return await gateway.ask<T>(query, variables, key);
      } catch (error) {
        if (Date.now() > untilMs || !isAway(error)) throw error;
        await pause(ASK_AGAIN_MS);
      }
    }
  }
}

const WALKING: readonly string[] = ['RUNNING', 'PAUSED'];
const hasEnded = ({ rollout }: Look, rolloutId: string): boolean => rollout?.id !== rolloutId || !WALKING.includes(rollout.status);

function waitsForPerson({ rollout }: Look): boolean {
  const step = rollout?.steps[rollout.currentStep];
  return step?.type === 'hold' && step.durationSeconds === null;
}

/** The connection broke, or the gateway said that what is behind it is away: not a refusal. */
const isAway = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof SyntaxError || /not available right now|answered with status/.test((error as Error).message);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const LOOK = `query ($id: ID!) { deployment(id: $id) { status revision { id } deployingRevision { id }
  rollout { id status currentStep reason targetRevision { id } steps { type durationSeconds } }
  replicaManagement { replicas { status revision { id } } } } }`;
const UPDATE = 'mutation ($input: UpdateModelServingDeploymentInput!) { updateModelDeployment(input: $input) { deployment { id } } }';
const ROLLBACK = 'mutation ($id: ID!, $toRevisionId: ID) { rollbackModelDeployment(id: $id, toRevisionId: $toRevisionId) { deployment { id } } }';
