import { SlipwayError } from '@slipway/contracts';
import { batchLoader, loaderOf, type GraphQLContext } from '@slipway/service';
import type { LivingDeployment } from '@slipway/domain';
import { READ_YOUR_WRITES_MS } from '../deployments/limits.js';
import type { RegistryReads, Revision } from '../read-models/registry-reads.js';
import type { RegistryPorts } from '../registry-ports.js';

export type ResolverPorts = {
  readonly ports: RegistryPorts;
  readonly reads: RegistryReads;
  /** True when the read models contain everything up to the position. */
  readonly waitFor: (position: number, timeoutMs: number) => Promise<boolean>;
};

/** A deployment on its way through the graph: now, or at a past instant. */
export type DeploymentView = { readonly state: LivingDeployment; readonly atMs: number | null };
export type RevisionView = { readonly revision: Revision; readonly isActive: boolean };

/** People read their own writes. */
export async function caughtUp({ waitFor }: ResolverPorts, position: number): Promise<void> {
  if (!(await waitFor(position, READ_YOUR_WRITES_MS))) throw new SlipwayError('NOT_CAUGHT_UP', { timeoutMs: READ_YOUR_WRITES_MS });
}

export const revisionLoader = ({ reads }: ResolverPorts, context: GraphQLContext) =>
  loaderOf<Revision>(context, 'revision', () => batchLoader((ids) => reads.revisionsById(ids)));

export const deploymentLoader = ({ reads }: ResolverPorts, context: GraphQLContext) =>
  loaderOf<LivingDeployment>(context, 'deployment', () => batchLoader((ids) => reads.deploymentsById(ids)));

/** A revision with its status as its deployment has it now. */
export async function revisionView(using: ResolverPorts, id: string, context: GraphQLContext): Promise<RevisionView | null> {
  const revision = await revisionLoader(using, context).load(id);
  if (revision === null) return null;
  const deployment = await deploymentLoader(using, context).load(revision.deploymentId);
  return { revision, isActive: deployment?.activeRevisionId === id };
}
