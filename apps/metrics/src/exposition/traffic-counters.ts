import type { TrafficIncrease } from '@slipway/domain';
import { counter } from '@slipway/service';

/** Every instance of this service counts all traffic: over instances, take the largest and never the sum. */
export function openTrafficCounters(nameOf: (deploymentId: string) => string): (increases: readonly TrafficIncrease[]) => void {
  const requests = counter('slipway.traffic.requests', 'Requests that ended, as all proxies count them', '{request}');
  const tokens = counter('slipway.traffic.tokens', 'Tokens of answers that ended', '{token}');
  return (increases) => {
    for (const { deploymentId, revisionId, kind, ...counts } of increases) {
      const of = { deployment: nameOf(deploymentId), revision: revisionId, kind };
      requests.add(counts.successes, { ...of, outcome: 'success' });
      requests.add(counts.failures, { ...of, outcome: 'failure' });
      requests.add(counts.excluded, { ...of, outcome: 'excluded' });
      if (counts.promptTokens !== null) tokens.add(counts.promptTokens, { ...of, type: 'prompt' });
      if (counts.completionTokens !== null) tokens.add(counts.completionTokens, { ...of, type: 'completion' });
    }
  };
}
