import { SlipwayError } from '@slipway/contracts';
import type { AccessRejection, DeploymentRejection, RevisionRejection } from '@slipway/domain';

type Rejection = DeploymentRejection | RevisionRejection | AccessRejection;

/** A broken rule, as a user meets it. */
export function refusal(rejection: Rejection, deploymentId: string): SlipwayError {
  switch (rejection.type) {
    case 'DeploymentExists':
      return new SlipwayError('IDEMPOTENCY_KEY_REUSED');
    case 'NoSuchDeployment':
      return new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId });
    case 'DeploymentIsGone':
      return new SlipwayError('DEPLOYMENT_GONE', { deploymentId });
    case 'NoSuchRevision':
      return new SlipwayError('REVISION_NOT_FOUND', { revisionId: rejection.revisionId, ofDeployment: ` of deployment ${deploymentId}` });
    case 'NothingToRetry':
      return new SlipwayError('NOTHING_TO_RETRY', { rolloutId: rejection.rolloutId });
    case 'TooManyRevisions':
      return new SlipwayError('TOO_MANY_REVISIONS', { revisionsMax: rejection.revisionsMax });
    case 'RevisionImmutable':
      return new SlipwayError('REVISION_IMMUTABLE', { revisionId: rejection.revisionId });
    case 'NoSuchToken':
      return new SlipwayError('TOKEN_NOT_FOUND', { tokenId: rejection.tokenId });
    case 'TokenAlreadyExpired':
      return new SlipwayError('INVALID_INPUT', { problems: 'expiresAt lies in the past' });
    case 'TooManyTokens':
      return new SlipwayError('TOO_MANY_TOKENS', { tokensMax: rejection.tokensMax });
    case 'NoSuchActivation':
      return new SlipwayError('CONTENTION');
  }
}
