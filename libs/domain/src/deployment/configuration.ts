import { canonicalJson } from '../canonical-json.js';
import { DEFAULT_STICKINESS } from '../routing/routing-table.js';
import type { LivingDeployment } from './deployment-state.js';
import { registeredRevision } from './registered-revisions.js';

/**
 * The configuration a deployment runs with, as canonical JSON: what a rollback to a time restores and what its proof
 * hashes. Identity, clock and sequence are left out; the active revision counts by its content.
 */
export function configurationText(state: LivingDeployment, activeRevisionId: string | null = state.activeRevisionId): string {
  const active = activeRevisionId === null ? null : registeredRevision(state, activeRevisionId);
  return canonicalJson({
    openToPublic: state.openToPublic,
    preferredDomainName: state.preferredDomainName,
    tags: state.tags,
    strategy: state.strategy,
    stickiness: state.stickiness ?? DEFAULT_STICKINESS,
    desiredReplicaCount: state.desiredReplicaCount,
    revision: active === null ? null : { id: active.revisionId, contentHash: active.contentHash },
  });
}
