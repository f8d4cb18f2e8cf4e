import type { AnalysisPolicy } from '../analysis/analysis-policy.js';
import { parseAnalysis, type AnalysisInput } from '../analysis/parse-analysis.js';
import { parseDurationMs } from '../quantities/duration.js';

/** A step of a canary as its author writes it, in the words of Argo Rollouts. */
export type CanaryStep =
  | { readonly type: 'setWeight'; readonly weightPercent: number }
  /** Null: until it is promoted. */
  | { readonly type: 'pause'; readonly durationMs: number | null }
  | { readonly type: 'analysis'; readonly policy: AnalysisPolicy }
  /** So many canary replicas, whatever its weight. */
  | { readonly type: 'setCanaryScale'; readonly replicas: number }
  /** Copies of this share of the requests go to the canary, whose answers nobody sees. */
  | { readonly type: 'setMirror'; readonly percent: number };

/** Exactly one field is given. */
export type CanaryStepInput = {
  readonly setWeight?: number | null | undefined;
  readonly pause?: { readonly duration?: string | null | undefined } | null | undefined;
  readonly analysis?: AnalysisInput | null | undefined;
  readonly setCanaryScale?: { readonly replicas: number } | null | undefined;
  readonly setMirror?: number | null | undefined;
};

type Problem = { readonly field: string; readonly problem: string };

export const CANARY_STEPS_MAX = 50;
const CANARY_REPLICAS_MAX = 1000;
const KINDS = ['setWeight', 'pause', 'analysis', 'setCanaryScale', 'setMirror'] as const;

/** Reads the steps; what is wrong is added to `problems`, each naming its step. */
export function parseCanarySteps(inputs: readonly CanaryStepInput[], problems: Problem[]): readonly CanaryStep[] {
  if (inputs.length === 0 || inputs.length > CANARY_STEPS_MAX)
    problems.push({ field: 'steps', problem: `has ${inputs.length} entries; 1 to ${CANARY_STEPS_MAX} are allowed` });
  let weightPercent = 0;
  return inputs.slice(0, CANARY_STEPS_MAX).flatMap((input, index) => {
    const field = `steps[${index}]`;
    const step = readStep(input, field, problems);
    if (step?.type === 'setWeight') {
      if (step.weightPercent < weightPercent)
        problems.push({ field: `${field}.setWeight`, problem: `is below the ${weightPercent} of an earlier step: weights only rise; abort to go back` });
      weightPercent = step.weightPercent;
    }
    return step === null ? [] : [step];
  });
}

function readStep(input: CanaryStepInput, field: string, problems: Problem[]): CanaryStep | null {
  const given = KINDS.filter((kind) => input[kind] !== undefined && input[kind] !== null);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    problems.push({ field, problem: `takes exactly one of ${KINDS.join(', ')}` });
    return null;
  }
  switch (kind) {
    case 'setWeight':
      return { type: kind, weightPercent: whole(input.setWeight, 0, 100, `${field}.setWeight`, 'percentage', problems) };
    case 'setMirror':
      return { type: kind, percent: whole(input.setMirror, 0, 100, `${field}.setMirror`, 'percentage', problems) };
    case 'setCanaryScale': {
      const at = `${field}.setCanaryScale.replicas`;
      return { type: kind, replicas: whole(input.setCanaryScale?.replicas, 1, CANARY_REPLICAS_MAX, at, 'number', problems) };
    }
    case 'pause': {
      const duration = input.pause?.duration ?? null;
      const durationMs = duration === null ? null : parseDurationMs(duration);
      if (duration !== null && durationMs === null)
        problems.push({ field: `${field}.pause.duration`, problem: 'is a number with s, m or h, for example "5m"; leave it out to wait for a promotion' });
      return { type: kind, durationMs };
    }
    case 'analysis': {
      const parsed = parseAnalysis(input.analysis ?? {}, `${field}.analysis`);
      if ('policy' in parsed) return { type: kind, policy: parsed.policy };
      problems.push(...parsed.problems);
      return null;
    }
  }
}

function whole(value: number | null | undefined, min: number, max: number, field: string, what: string, problems: Problem[]): number {
  const given = value ?? Number.NaN;
  if (!Number.isInteger(given) || given < min || given > max) problems.push({ field, problem: `is a whole ${what} from ${min} to ${max}` });
  return given;
}
