import type { EngineCommand } from '../engine-command.js';
import type { LaunchOutcome, LaunchRequest, Placement, ReplicaObservation, ReplicaRuntime } from '../replica-runtime.js';

/** A runtime and what the suite must be able to do to its engines. */
export type RuntimeUnderTest = {
  readonly runtime: ReplicaRuntime;
  /** A command that runs until it is stopped. */
  command(placement: Placement): EngineCommand;
  /** Makes a running engine end by itself. */
  crash(observation: ReplicaObservation, how: { exitCode: number } | { signal: 'SIGKILL' }): Promise<void>;
  print(observation: ReplicaObservation, line: string): Promise<void>;
  /** Stops what is left, and cleans up. */
  [Symbol.asyncDispose](): Promise<void>;
};

export function requestFor(test: Pick<RuntimeUnderTest, 'command'>, replicaId: string, attempt: number, onBuild = (): unknown => null): LaunchRequest {
  return {
    replicaId,
    attempt,
    readiness: null,
    command: async (placement) => {
      onBuild();
      return { type: 'command', command: test.command(placement), warnings: [] };
    },
  };
}

/** Launches and returns what runs; anything else fails the test. */
export async function launched(test: RuntimeUnderTest, replicaId: string, attempt = 1): Promise<ReplicaObservation> {
  return runningOf(await test.runtime.launch(requestFor(test, replicaId, attempt)));
}

export function runningOf(outcome: LaunchOutcome): ReplicaObservation {
  if (outcome.type !== 'running') throw new Error(`expected a running replica, not ${JSON.stringify(outcome)}`);
  return outcome.observation;
}

export function exitedOnly(observation: ReplicaObservation | null): ReplicaObservation | null {
  return observation?.state === 'exited' ? observation : null;
}

/** Texts, oldest first; also of a last line that has no end yet. */
export async function lastLines(runtime: ReplicaRuntime, replicaId: string, count: number): Promise<readonly string[]> {
  return ((await runtime.readLog(replicaId, { lastLines: count, withUnfinished: true }))?.lines ?? []).map(({ text }) => text);
}
