import type { PlatformLab } from '../e2e/platform-lab.js';
import type { Operator } from './operator.js';

/** Where a scenario is played: one deployment under load, and a second revision that nothing has activated yet. */
export type Stage = {
  readonly lab: PlatformLab;
  readonly operator: Operator;
  readonly first: string;
  readonly second: string;
  readonly replicas: number;
  tell(line: string): void;
};

export type Scenario = {
  readonly name: string;
  readonly replicas: number;
  /** As the graph takes it. */
  readonly strategy: Readonly<Record<string, unknown>>;
  /** Environment of the second revision, beside what all have. */
  readonly second?: Readonly<Record<string, string>>;
  /** The second revision is bad: it may be asked so much of the requests, and what it answers is its own. */
  readonly badPercent?: number;
  /** Streams in the middle of their answer die with what is killed: nobody can save them. */
  readonly mayCut?: boolean;
  /** Resolves when the deployment is at rest again. */
  run(stage: Stage): Promise<void>;
};
