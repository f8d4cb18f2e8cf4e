import type { ScalingRule } from './scaling-rule.js';

export type RuleContradiction = { readonly field: keyof ScalingRule; readonly problem: string };

/** What cannot be meant; null: nothing. */
export function contradictionIn({ minThreshold, maxThreshold, minReplicas, maxReplicas }: ScalingRule): RuleContradiction | null {
  if (minThreshold === null && maxThreshold === null) return { field: 'maxThreshold', problem: 'or minThreshold is needed: a rule without a threshold does nothing' };
  if (minThreshold !== null && maxThreshold !== null && minThreshold >= maxThreshold)
    return { field: 'minThreshold', problem: `(${minThreshold}) must be below maxThreshold (${maxThreshold})` };
  if (minReplicas > maxReplicas) return { field: 'minReplicas', problem: `(${minReplicas}) must not be above maxReplicas (${maxReplicas})` };
  return null;
}
