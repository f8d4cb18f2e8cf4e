import { CliError, EXIT_CODES, usageError } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import { findDeployment, isId } from './find-deployment.js';

export type FoundRevision = { readonly id: string; readonly name: string | null; readonly revisionNumber: number };

/** As many as the gateway gives at once. */
const PAGE_ROWS = 100;

type Answer = { readonly deployment: { readonly revisions: readonly FoundRevision[] } | null };

export const REVISIONS_TO_CHOOSE = new Operation<Answer, { id: string; first: number; after: string | null }>(/* GraphQL */ `
  query RevisionsToChoose($id: ID!, $first: Int!, $after: String) {
    deployment(id: $id) { revisions(first: $first, after: $after) { id name revisionNumber } }
  }
`);

/**
 * The revision of a deployment that a person means by an id, a number (`3` or `r3`) or a name.
 * @throws CliError NOT_FOUND, or USAGE where a name does not say which.
 */
export async function findRevision(graph: GraphClient, deploymentId: string, given: string): Promise<FoundRevision> {
  const revisions = await allRevisions(graph, deploymentId);
  const [, number] = /^r?(\d{1,9})$/.exec(given) ?? [];
  const meant = revisions.filter(({ id, name, revisionNumber }) => id === given || revisionNumber === Number(number) || name === given);
  // What looks like a number is one, whatever revisions are called.
  const found = meant.find(({ revisionNumber }) => revisionNumber === Number(number)) ?? meant[0];
  if (found === undefined) {
    throw new CliError(EXIT_CODES.refused, 'NOT_FOUND', `there is no revision "${given}" of this deployment`, 'see which there are: "slipway revisions <deployment>"');
  }
  if (number === undefined && meant.length > 1) {
    throw usageError(`"${given}" is the name of ${meant.length} revisions`, `give the number: ${meant.map(({ revisionNumber }) => revisionNumber).join(', ')}`);
  }
  return found;
}

async function allRevisions(graph: GraphClient, id: string): Promise<readonly FoundRevision[]> {
  const found: FoundRevision[] = [];
  for (;;) {
    const { deployment } = await graph.ask(REVISIONS_TO_CHOOSE, { id, first: PAGE_ROWS, after: found.at(-1)?.id ?? null });
    const page = deployment?.revisions ?? [];
    found.push(...page);
    if (page.length < PAGE_ROWS) return found;
  }
}

/** `<deployment>@<revision>`, or the id of a revision; a revision alone is of the deployment that was named before. Answers with ids. */
export async function findRevisionAnywhere(graph: GraphClient, given: string, before: string | null): Promise<{ readonly revisionId: string; readonly deploymentId: string | null }> {
  const at = given.lastIndexOf('@');
  if (at > 0) {
    const { id } = await findDeployment(graph, given.slice(0, at));
    return { revisionId: (await findRevision(graph, id, given.slice(at + 1))).id, deploymentId: id };
  }
  if (isId(given)) return { revisionId: given, deploymentId: before };
  if (before === null) throw usageError(`"${given}" does not say of which deployment`, 'give <deployment>@<revision>, such as tiny@3, or the id of the revision');
  return { revisionId: (await findRevision(graph, before, given)).id, deploymentId: before };
}

/** How people read it: `r3`, with its name where it has one. */
export const revisionText = (revision: { readonly revisionNumber: number; readonly name: string | null } | null): string =>
  revision === null ? '-' : `r${revision.revisionNumber}${revision.name === null ? '' : ` (${revision.name})`}`;
