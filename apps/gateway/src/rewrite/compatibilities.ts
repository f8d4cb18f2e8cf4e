/**
 * Where the published schema contradicts the published examples, the schema is kept to the letter and documents written
 * by the examples are read as what they mean. Types, fields and names are those of the composed graph; an entry whose
 * type or field the graph lacks is without effect.
 */

/** A union that examples select as if it were a leaf. */
export type LeafCompatibility = { readonly kind: 'leaf'; readonly type: string; readonly field: string; readonly means: string };
/** A list that examples page through as if it were a connection. */
export type ConnectionCompatibility = { readonly kind: 'connection'; readonly type: string; readonly field: string; readonly means: string };
/** A leaf that examples select from as if it were an object. */
export type ObjectCompatibility = { readonly kind: 'object'; readonly type: string; readonly field: string; readonly means: string };
export type FieldCompatibility = LeafCompatibility | ConnectionCompatibility | ObjectCompatibility;

export const FIELD_COMPATIBILITIES: readonly FieldCompatibility[] = [
  { kind: 'leaf', type: 'DeploymentStrategy', field: 'config', means: 'configJSON' },
  { kind: 'leaf', type: 'ModelRuntimeConfig', field: 'serviceConfig', means: 'serviceConfigJSON' },
  { kind: 'connection', type: 'ModelDeployment', field: 'revisionHistory', means: 'revisionHistoryConnection' },
  { kind: 'object', type: 'Mutation', field: 'deleteModelServingDeployment', means: 'deleteModelServingDeploymentPayload' },
];

/** Other names that the same types have in the prose and in parts of the published schema. */
export const TYPE_NAME_COMPATIBILITIES: ReadonlyMap<string, string> = new Map([
  ['CreateModelDeploymentInput', 'CreateModelServingDeploymentInput'],
  ['Deployment', 'ModelDeployment'],
  ['Revision', 'ModelRevision'],
  ['ReplicaInstance', 'ModelReplica'],
]);
