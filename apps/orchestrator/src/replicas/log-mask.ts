import { maskOf, type SecretMask } from '@slipway/runtimes';
import type { ReplicaPorts } from './replica-ports.js';

/** Stands for lines that cannot be masked. */
export const LINES_WITHHELD = '(withheld: a secret of the revision is gone from the secret store, so nothing can be masked by it)';

/** What hides, in an engine's output, the secrets it was given. Null: one of them is not known any more. */
export async function logMask(planLaunch: ReplicaPorts['planLaunch'], replicaId: string, of: { readonly deploymentId: string; readonly revisionId: string }): Promise<SecretMask | null> {
  const secrets = await (await planLaunch(of.deploymentId, of.revisionId, replicaId)).secrets();
  return secrets === null ? null : maskOf(secrets);
}
