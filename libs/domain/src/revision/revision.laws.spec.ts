import fc from 'fast-check';
import { atMs, id, is, nullable, obeysTheLaws } from '../decider.conformance.js';
import { revision, type RevisionCommand } from './revision.js';

describe('revisions', () => {
  const facts = { deploymentId: is('d'), name: nullable(id), tags: fc.constant([]), warnings: fc.constant([]), createdBy: is('u'), atMs };
  const spec = fc.constant({} as RevisionCommand['spec']); // never looked into
  obeysTheLaws(revision, fc.record({ type: is('CreateRevision'), revisionId: is('r'), spec, contentHash: id, ...facts }));
});
