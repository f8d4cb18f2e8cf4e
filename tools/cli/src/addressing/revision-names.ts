import { Operation } from '../graph/operation.js';
import type { FoundRevision } from './find-revision.js';

/** The newest revisions: older ones, should they still be measured, are shown by id. */
export const REVISION_NAMES = new Operation<{ deployment: { revisions: readonly FoundRevision[] } | null }, { id: string }>(/* GraphQL */ `
  query RevisionNames($id: ID!) { deployment(id: $id) { revisions(first: 100) { id name revisionNumber } } }
`);
