import { invalidInput, SlipwayError } from '@slipway/contracts';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import { createAccessToken, deleteAccessToken } from '../access/access-tokens.js';
import { deleteDeployment, readWhy, retryRollout, rollbackDeployment, updateDeployment, type RollbackTarget } from '../deployments/change-deployment.js';
import { createDeployment, type Written } from '../deployments/create-deployment.js';
import type { CreateDeploymentInput, UpdateDeploymentInput } from '../deployments/deployment-input.js';
import { existingDeployment } from '../deployments/deployment-history.js';
import type { AccessTokenRow } from '../read-models/access-tokens.projection.js';
import { createRevision } from '../revisions/create-revision.js';
import type { RevisionInput } from '../revisions/revision-input.js';
import { caughtUp, revisionView, type DeploymentView, type ResolverPorts } from './resolver-ports.js';

type NewRevisionInput = RevisionInput & { readonly deploymentId: string; readonly autoActivate?: boolean | null; readonly reason?: string | null };

type CreateTokenInput = {
  readonly deploymentId: string;
  readonly name?: string | null;
  readonly expiresAt?: Date | null;
  readonly mayPinRevisions?: boolean | null;
};

export function mutationResolvers(using: ResolverPorts): Resolvers {
  const { ports, reads } = using;

  const shown = async ({ deploymentId, position }: Written): Promise<DeploymentView> => {
    await caughtUp(using, position);
    return { state: (await reads.deployment(deploymentId)) ?? (await existingDeployment(ports.log, deploymentId)), atMs: null };
  };

  const deleted = async (id: string, { request }: GraphQLContext): Promise<string> => {
    await caughtUp(using, (await deleteDeployment(ports, id, request)).position);
    return id;
  };

  return {
    Mutation: {
      createModelDeployment: async (_: unknown, { input }: { input: CreateDeploymentInput }, context) => {
        const deployment = await shown(await createDeployment(ports, input, context.request));
        const first = Object.values(deployment.state.revisions).find(({ number }) => number === 1);
        const created = first === undefined ? null : await reads.revision(first.revisionId);
        return { deployment, warnings: created?.warnings ?? [] };
      },
      updateModelDeployment: async (_: unknown, { input }: { input: UpdateDeploymentInput }, context) => ({
        deployment: await shown(await updateDeployment(ports, input, context.request)),
      }),
      deleteModelServingDeployment: async (_: unknown, { id }: { id: string }, context: GraphQLContext) => deleted(id, context),
      deleteModelServingDeploymentPayload: async (_: unknown, { id }: { id: string }, context: GraphQLContext) => ({ deletedId: await deleted(id, context) }),
      createModelRevision: async (_: unknown, { input }: { input: NewRevisionInput }, context: GraphQLContext) => {
        const { deploymentId, autoActivate, reason } = input;
        // Whatever is wrong with it is said before anything is published.
        if (readWhy(reason).reason !== undefined && autoActivate !== true) throw invalidInput([{ field: 'reason', problem: 'is kept with an activation: set autoActivate too, or leave it out' }]);
        const { revisionId, position } = await createRevision(ports, deploymentId, input, context.request);
        const activated = autoActivate === true ? await updateDeployment(ports, { id: deploymentId, activeRevisionId: revisionId, reason }, context.request) : null;
        await caughtUp(using, Math.max(position, activated?.position ?? 0));
        const revision = await revisionView(using, revisionId, context);
        return { revision, warnings: revision?.revision.warnings ?? [] };
      },
      rollbackModelDeployment: async (_: unknown, given: { id: string; toRevisionId?: string | null; toTime?: Date | null; reason?: string | null }, context) => ({
        deployment: await shown(await rollbackDeployment(ports, given.id, readTarget(given, ports.nowMs()), given.reason ?? null, context.request)),
      }),
      retryRollout: async (_: unknown, { input }: { input: { deploymentId: string; rolloutId: string; reason?: string | null } }, context) => ({
        deployment: await shown(await retryRollout(ports, input.deploymentId, input.rolloutId, input.reason ?? null, context.request)),
      }),
      createAccessToken: async (_: unknown, { input }: { input: CreateTokenInput }, context: GraphQLContext) => {
        const { name = null, expiresAt = null, mayPinRevisions = false } = input;
        const wanted = { deploymentId: input.deploymentId, name, expiresAtMs: expiresAt?.getTime() ?? null, mayPinRevisions: mayPinRevisions === true };
        const { tokenId, token, position } = await createAccessToken(ports, wanted, context.request);
        await caughtUp(using, position);
        const row = (await reads.accessTokens(input.deploymentId)).find((candidate) => candidate.tokenId === tokenId);
        if (row === undefined) throw new SlipwayError('TOKEN_NOT_FOUND', { tokenId }); // deleted since the same request made it
        return { accessToken: { ...row, token } };
      },
      deleteAccessToken: async (_: unknown, { input }: { input: { deploymentId: string; id: string } }, context) => {
        const { position, acknowledged, missing } = await deleteAccessToken(ports, input.deploymentId, input.id, context.request);
        await caughtUp(using, position);
        return { deletedId: input.id, acknowledgedProxies: acknowledged, missingProxies: missing };
      },
    },

    AccessToken: {
      id: (token: AccessTokenRow) => token.tokenId,
      createdUser: (token: AccessTokenRow) => ({ email: token.createdBy }),
      createdAt: (token: AccessTokenRow) => new Date(token.createdAtMs),
      expiresAt: (token: AccessTokenRow) => (token.expiresAtMs === null ? null : new Date(token.expiresAtMs)),
    },
  };
}

function readTarget({ toRevisionId, toTime }: { toRevisionId?: string | null; toTime?: Date | null }, nowMs: number): RollbackTarget {
  const hasRevision = toRevisionId !== null && toRevisionId !== undefined;
  const hasTime = toTime !== null && toTime !== undefined;
  if (hasRevision === hasTime) throw invalidInput([{ field: 'toRevisionId', problem: 'or toTime: give exactly one of the two' }]);
  if (hasRevision) return { toRevisionId };
  const toTimeMs = toTime?.getTime() ?? 0;
  if (toTimeMs > nowMs) throw invalidInput([{ field: 'toTime', problem: 'lies in the future' }]);
  return { toTimeMs };
}
