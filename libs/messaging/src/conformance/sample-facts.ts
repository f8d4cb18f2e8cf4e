import type { Fact } from '@slipway/contracts';

/** Facts 1 to `count` of a log whose positions are not without gaps: the n-th is at 10 n. */
export function sampleFacts(count: number, from = 1): Fact[] {
  return Array.from({ length: count }, (_, index) => sampleFact(from + index));
}

export function sampleFact(number: number): Fact {
  const isReplica = number % 2 === 0;
  return {
    id: `fact-${number}`,
    type: isReplica ? 'ReplicaReady' : 'DeploymentRenamed',
    version: 1,
    streamId: isReplica ? `replica-r/${number % 7}` : `deployment-${number % 5}`,
    revision: number,
    position: number * 10,
    previousPosition: (number - 1) * 10,
    recordedAtMs: 1_700_000_000_000 + number,
    data: number % 11 === 0 ? new Uint8Array([number % 256, 0, 255]) : { number, text: 'ä\n' },
    metadata: number % 3 === 0 ? {} : { actor: 'user', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  };
}

export const markOf = ({ id, position }: Fact): { readonly id: string; readonly position: number } => ({ id, position });
