/** Stream names, in one place. The category is what stands before the first `-`. */
export const streams = {
  deployment: (deploymentId: string): string => `deployment-${deploymentId}`,
  revision: (revisionId: string): string => `revision-${revisionId}`,
  access: (deploymentId: string): string => `access-${deploymentId}`,
  /** Names are unique within a domain; `/` occurs in neither, so two pairs never share a stream. */
  name: (domain: string, name: string): string => `name-${domain}/${name}`,
  /** Host names are unique over all domains. */
  host: (hostName: string): string => `name-host//${hostName}`,
  rollout: (rolloutId: string): string => `rollout-${rolloutId}`,
  replica: (replicaId: string): string => `replica-${replicaId}`,
  scaling: (deploymentId: string): string => `scaling-${deploymentId}`,
  status: (deploymentId: string): string => `status-${deploymentId}`,
} as const;

export type StreamCategory = keyof typeof streams | 'process';

/** `replica-7f…-0` → { category: 'replica', id: '7f…-0' }. */
export function splitStream(streamId: string): { readonly category: string; readonly id: string } {
  const dash = streamId.indexOf('-');
  return { category: streamId.slice(0, dash), id: streamId.slice(dash + 1) };
}
