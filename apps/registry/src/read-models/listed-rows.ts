import type { DeploymentStatus } from '@slipway/domain';
import { someLevel, type FilterTree, type Put } from './conditions.js';
import { textConditions, timeConditions, type DateTimeFilter, type StringFilter } from './field-filters.js';

export type DeploymentFilterFields = {
  readonly status?: DeploymentStatus | null;
  readonly statusIn?: readonly DeploymentStatus[] | null;
  readonly openToPublic?: boolean | null;
  readonly name?: string | null;
  readonly nameContains?: string | null;
  readonly nameMatches?: StringFilter | null;
  readonly domain?: string | null;
  readonly domainMatches?: StringFilter | null;
  readonly project?: string | null;
  readonly projectMatches?: StringFilter | null;
  readonly tag?: string | null;
  readonly createdAt?: DateTimeFilter | null;
  readonly updatedAt?: DateTimeFilter | null;
};
export type DeploymentFilter = FilterTree<DeploymentFilterFields>;

export type RevisionFilterFields = {
  readonly deploymentId?: string | null;
  readonly name?: string | null;
  readonly nameMatches?: StringFilter | null;
  readonly tag?: string | null;
  readonly status?: 'ACTIVE' | 'INACTIVE' | null;
  readonly createdAt?: DateTimeFilter | null;
};
export type RevisionFilter = FilterTree<RevisionFilterFields>;

/** Of rows `d`. */
export function deploymentConditions(given: DeploymentFilterFields, put: Put): readonly string[] {
  const { status, statusIn, openToPublic, nameContains, tag } = given;
  return [
    ...(status ? [`d.status = ${put(status)}`] : []),
    ...(statusIn ? textConditions('d.status', { in: statusIn }, put) : []),
    ...(typeof openToPublic === 'boolean' ? [`d.openToPublic = ${put(openToPublic)}`] : []),
    ...textConditions('d.name', { equals: given.name ?? null, iContains: nameContains ?? null }, put),
    ...textConditions('d.domain', { equals: given.domain ?? null }, put),
    ...textConditions('d.project', { equals: given.project ?? null }, put),
    ...textConditions('d.name', given.nameMatches, put),
    ...textConditions('d.domain', given.domainMatches, put),
    ...textConditions('d.project', given.projectMatches, put),
    ...(tag ? [hasTag('d', tag, put)] : []),
    ...timeConditions('d.createdAtMs', given.createdAt, put),
    ...timeConditions('d.updatedAtMs', given.updatedAt, put),
  ];
}

/** Destroyed deployments are listed only when the filter names that status. */
export const namesDestroyed = (filter: DeploymentFilter): boolean =>
  someLevel(filter, ({ status, statusIn }) => status === 'DESTROYED' || (statusIn?.includes('DESTROYED') ?? false));

/** Of rows `r`; `activeIds` is a query for the ids of all active revisions. */
export const revisionConditions =
  (activeIds: string) =>
  (given: RevisionFilterFields, put: Put): readonly string[] => {
    const { deploymentId, name, tag, status } = given;
    return [
      ...(deploymentId ? [`r.deploymentId = ${put(deploymentId)}`] : []),
      ...(name ? textConditions('r.name', { equals: name }, put) : []),
      ...textConditions('r.name', given.nameMatches, put),
      ...(tag ? [hasTag('r', tag, put)] : []),
      ...(status ? [`r.key ${status === 'ACTIVE' ? 'IN' : 'NOT IN'} (${activeIds})`] : []),
      ...timeConditions('r.createdAtMs', given.createdAt, put),
    ];
  };

/** A quote within a tag is escaped in the JSON text, so what is found is a whole tag. */
function hasTag(alias: string, tag: string, put: Put): string {
  return `replace(${alias}.tags, ${put(JSON.stringify(tag))}, '') <> ${alias}.tags`;
}
