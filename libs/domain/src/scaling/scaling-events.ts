import type { MeasuredReplicaFigures, RuleFinding, ScaleInputs } from './scale-evaluation.js';
import type { ScalingRule } from './scaling-rule.js';

export type ScalingRuleChanges = Partial<Omit<ScalingRule, 'ruleId'>>;

export type ScalingCommand = { readonly deploymentId: string; readonly atMs: number } & (
  | { readonly type: 'CreateScalingRule'; readonly rule: ScalingRule }
  | { readonly type: 'UpdateScalingRule'; readonly ruleId: string; readonly changes: ScalingRuleChanges }
  | { readonly type: 'DeleteScalingRule'; readonly ruleId: string }
  | { readonly type: 'EvaluateScale'; readonly inputs: ScaleInputs }
);

type OfDeployment = { readonly deploymentId: string; readonly atMs: number };

export type ScalingEvent =
  | ({ readonly type: 'AutoScalingRuleCreated'; readonly rule: ScalingRule } & OfDeployment)
  /** The whole rule, as it stands from now on. */
  | ({ readonly type: 'AutoScalingRuleUpdated'; readonly rule: ScalingRule } & OfDeployment)
  | ({ readonly type: 'AutoScalingRuleDeleted'; readonly ruleId: string } & OfDeployment)
  /** What the rules were given and what they came to. */
  | ({
      readonly type: 'ScaleEvaluated';
      readonly desired: number;
      readonly starting: number;
      readonly duringRollout: boolean;
      readonly replicas: readonly MeasuredReplicaFigures[];
      readonly findings: readonly RuleFinding[];
    } & OfDeployment)
  /** `ruleId`: which rule decided; null: the bounds. */
  | ({ readonly type: 'ReplicasDesiredChanged'; readonly from: number; readonly to: number; readonly ruleId: string | null } & OfDeployment);

export type ScalingRejection =
  | { readonly type: 'NoSuchScalingRule'; readonly ruleId: string }
  | { readonly type: 'TooManyScalingRules'; readonly rulesMax: number }
  /** As the rule would stand with the changes. */
  | { readonly type: 'ContradictoryScalingRule'; readonly field: keyof ScalingRule; readonly problem: string };
