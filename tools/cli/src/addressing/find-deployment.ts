import { CliError, EXIT_CODES, usageError } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';

/** A deployment as commands address it. */
export type FoundDeployment = { readonly id: string; readonly name: string; readonly domain: { readonly name: string } };

export const DEPLOYMENT_BY_ID = new Operation<{ deployment: FoundDeployment | null }, { id: string }>(/* GraphQL */ `
  query DeploymentById($id: ID!) { deployment(id: $id) { id name domain { name } } }
`);

export const DEPLOYMENTS_BY_NAME = new Operation<{ deployments: readonly FoundDeployment[] }, { filter: { name: string; domain?: string } }>(/* GraphQL */ `
  query DeploymentsByName($filter: DeploymentFilter!) { deployments(filter: $filter, limit: 10) { id name domain { name } } }
`);

const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const isId = (text: string): boolean => ID.test(text);

/**
 * The deployment that a person means by an id, a name, or `domain/name` where a name is used in many domains.
 * @throws CliError NOT_FOUND, or USAGE where the name does not say which.
 */
export async function findDeployment(graph: GraphClient, given: string): Promise<FoundDeployment> {
  if (isId(given)) {
    const { deployment } = await graph.ask(DEPLOYMENT_BY_ID, { id: given });
    if (deployment !== null) return deployment;
    throw noDeployment(given);
  }
  const slash = given.indexOf('/');
  const filter = slash < 0 ? { name: given } : { domain: given.slice(0, slash), name: given.slice(slash + 1) };
  const { deployments } = await graph.ask(DEPLOYMENTS_BY_NAME, { filter });
  const [one, ...others] = deployments;
  if (one === undefined) throw noDeployment(given);
  if (others.length > 0) {
    const names = deployments.map(({ name, domain }) => `${domain.name}/${name}`).join(', ');
    throw usageError(`"${given}" is the name of ${deployments.length} deployments`, `say which: ${names}`);
  }
  return one;
}

const noDeployment = (given: string): CliError =>
  new CliError(EXIT_CODES.refused, 'NOT_FOUND', `there is no deployment "${given}"`, 'see which there are: "slipway list"');
