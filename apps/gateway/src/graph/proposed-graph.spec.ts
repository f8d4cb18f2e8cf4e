import { readFileSync } from 'node:fs';
import {
  buildSchema,
  GraphQLEnumType,
  GraphQLUnionType,
  isInputObjectType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
  parse,
  print,
  type DefinitionNode,
  type FieldDefinitionNode,
  type TypeNode,
} from 'graphql';

const graph = buildSchema(readFileSync(new URL('../../../../docs/schema.graphql', import.meta.url), 'utf8'));

/** X3: where the proposal calls one thing by two names, the graph has the one. */
const CANONICAL: Readonly<Record<string, string>> = { Deployment: 'ModelDeployment', Revision: 'ModelRevision', ReplicaInstance: 'ModelReplica' };
/** X2: the two values of the proposal's type definition and the seven of its prose are one set. */
const STATUSES = ['ACTIVE', 'DESTROYED', 'DESTROYING', 'FAILED', 'HIBERNATED', 'INACTIVE', 'PROVISIONING', 'UPDATING'];

/** The proposal's own type definitions; where it leaves a type out (`first, after`), or a whole type (X4, X9, X10), completed. */
const PROPOSED: readonly (readonly [string, string])[] = [
  ['S1.31', 'type ReplicaManagement { desiredReplicaCount: Int! replicas: [ModelReplica!]! autoScalingRules: [AutoScalingRule!]! }'],
  ['S1.32', 'type ModelReplica { name: String! revision: ModelRevision! routings(first: Int, after: String): RoutingConnection! }'],
  ['S1.33', 'enum DeploymentStrategyType { ROLLING BLUE_GREEN CANARY }'],
  ['S1.34', 'union StrategyConfig = RollingConfig | BlueGreenConfig | CanaryConfig'],
  ['S1.35', 'type DeploymentStrategy { type: DeploymentStrategyType! config: StrategyConfig }'],
  [
    'S1.36',
    `type ModelDeployment {
      id: ID! name: String! endpointUrl: String preferredDomainName: String status: DeploymentStatus! openToPublic: Boolean! tags: [String!]!
      revision: ModelRevision revisionHistory: [ModelRevision!]! replicaManagement: ReplicaManagement! deploymentStrategy: DeploymentStrategy!
      domain: Domain! project: Project! createdUser: User! resourceGroup: ResourceGroup! accessTokens: [AccessToken!]! createdAt: DateTime! updatedAt: DateTime!
    }`,
  ],
  ['S1.38', 'type DeploymentMetrics { replicaMetrics: [ReplicaMetric!]! }'],
  ['S1.39 X7', 'type Query { deployments(filter: DeploymentFilter, limit: Int, offset: Int, order: DeploymentOrderBy, orderBy: DeploymentOrderBy): [ModelDeployment!]! }'],
  ['S1.40 X3', 'type Query { deployment(id: ID!): Deployment }'],
  ['S1.41', 'type Query { replica(id: ID!): ModelReplica }'],
  ['S1.42', 'type Query { deploymentMetrics(id: ID!, filter: DeploymentMetricsFilter): [DeploymentMetrics!]! }'],
  ['S1.43', 'type Subscription { deploymentStatusChanged(deploymentId: ID!): ModelDeployment! }'],
  ['S1.43 X3', 'type Subscription { deploymentStatusChanged(deploymentId: ID!): Deployment! }'],
  ['S1.44', 'type Subscription { replicaStatusChanged(revisionId: ID!): ModelReplica! }'],
  ['S1.44 X3', 'type Subscription { replicaStatusChanged(revisionId: ID!): ReplicaInstance! }'],
  ['S1.45', 'type Subscription { metricsUpdated(deploymentId: ID!): DeploymentMetrics! }'],
  ['S1.46', 'type Mutation { createModelDeployment(input: CreateModelServingDeploymentInput!): CreateModelDeploymentPayload! }'],
  ['S1.47', 'type Mutation { updateModelDeployment(input: UpdateModelServingDeploymentInput!): UpdateModelDeploymentPayload! }'],
  ['S1.48', 'type Mutation { deleteModelServingDeployment(id: ID!): ID! }'],
  ['S1.49', 'type Mutation { createModelRevision(input: CreateModelRevisionInput!): CreateModelRevisionPayload! }'],
  ['S1.50', 'type Query { revision(id: ID!): ModelRevision }'],
  ['S1.51 X3', 'type Query { revisions(filter: ModelRevisionFilter, order: ModelRevisionOrder, first: Int, after: String): [Revision!]! }'],
  ['S1.71', 'scalar JSONString'],
  ['S1.72', 'enum ClusterMode { SINGLE_NODE MULTI_NODE }'],
  ['S1.73', 'enum MountPermission { READ_ONLY READ_WRITE }'],
  ['S1.74', 'type Mount { vfolderId: ID! destination: String! type: MountType! permission: MountPermission! }'],
  ['S1.76', 'type ModelVFolderConfig { vfolder: VirtualFolderNode! mountDestination: String! definitionPath: String! }'],
  ['S1.77', 'type ResourceSlots { cpu: Int! mem: String! extra: JSONString }'],
  ['S1.78', 'type ResourceOpts { shmem: String extra: JSONString }'],
  ['S1.79', 'type ResourceConfig { resourceGroup: ResourceGroup! resourceSlots: ResourceSlots! resourceOpts: ResourceOpts }'],
  ['S1.79', 'type ClusterConfig { mode: ClusterMode! size: Int! }'],
  ['S1.80', 'union ServiceConfig = VLLMServiceConfig | SGLANGServiceConfig | NVIDIAServiceConfig | MOJOServiceConfig | CustomServiceConfig'],
  ['S1.81', 'type ModelRuntimeConfig { runtimeVariant: String! serviceConfig: ServiceConfig environ: JSONString }'],
  [
    'S1.82 S1.55 X6',
    `type ModelRevision {
      id: ID! name: String tags: [String!]! clusterConfig: ClusterConfig! resourceConfig: ResourceConfig! modelRuntimeConfig: ModelRuntimeConfig!
      modelVFolderConfig: ModelVFolderConfig! mounts: [Mount!]! image: Image! errorData: JSONString createdAt: DateTime! status: RevisionStatus!
    }`,
  ],
  [
    'S1.83 X10',
    `input CreateModelServingDeploymentInput {
      name: String! preferredDomainName: String domain: String! project: String! openToPublic: Boolean! tags: [String!]
      clusterConfig: ClusterConfigInput! deploymentStrategy: DeploymentStrategyInput! initialRevision: InitialRevisionInput! desiredReplicaCount: Int
    }`,
  ],
  [
    'S1.84 X5',
    `input CreateModelRevisionInput {
      deploymentId: ID! name: String tags: [String!] image: ImageInput! modelRuntimeConfig: ModelRuntimeConfigInput!
      modelVFolderConfig: ModelVFolderConfigInput! mounts: [MountInput!] resourceConfig: ResourceConfigInput! clusterConfig: ClusterConfigInput
    }
    input ImageInput { name: String! architecture: String! }
    input ModelRuntimeConfigInput { runtimeVariant: String! serviceConfig: ServiceConfigInput environ: JSONString }
    input ModelVFolderConfigInput { vfolderId: ID! mountDestination: String definitionPath: String }
    input MountInput { vfolderId: ID! destination: String! type: MountType! permission: MountPermission! }
    input ResourceConfigInput { resourceGroup: ResourceGroupInput! resourceSlots: ResourceSlotsInput! resourceOpts: ResourceOptsInput }
    input ResourceGroupInput { name: String! }
    input ResourceSlotsInput { cpu: Int! mem: String! extra: JSONString }
    input ResourceOptsInput { shmem: String extra: JSONString }`,
  ],
  ['S1.85', 'enum OrderDirection { ASC DESC }'],
  ['S1.86', 'enum DeploymentOrderField { CREATED_AT UPDATED_AT NAME }'],
  ['S1.87', 'input DeploymentOrderBy { field: DeploymentOrderField! direction: OrderDirection! }'],
  [
    'X10',
    `input UpdateModelServingDeploymentInput {
      id: ID! name: String openToPublic: Boolean tags: [String!] preferredDomainName: String deploymentStrategy: DeploymentStrategyInput
      activeRevisionId: ID desiredReplicaCount: Int
    }`,
  ],
  ['S1.88', 'type RollingConfig { maxSurge: IntOrPercent! maxUnavailable: IntOrPercent! }'],
  ['S1.89', 'type CanaryConfig { canaryPercentage: Int canaryDuration: String successThreshold: Float }'],
  ['S1.90', 'type BlueGreenConfig { autoPromotionEnabled: Boolean! terminationWaitTime: Int! }'],
  ['S1.91', 'type VLLMServiceConfig { maxModelLength: Int parallelism: Parallelism extraCliParameters: String } type Parallelism { ppSize: Int tpSize: Int }'],
  ['S1.91', 'type CustomServiceConfig { extraCliParameters: String }'],
  [
    'S1.88 S1.89 S1.90 S1.91 X9',
    `input StrategyConfigInput {
      maxSurge: IntOrPercent maxUnavailable: IntOrPercent canaryPercentage: Int canaryDuration: String successThreshold: Float
      autoPromotionEnabled: Boolean terminationWaitTime: Int
    }
    input ServiceConfigInput { maxModelLength: Int parallelism: ParallelismInput extraCliParameters: String extra: JSONString }`,
  ],
  ['X1', 'type DeploymentStrategy { configJSON: JSONString } type ModelRuntimeConfig { serviceConfigJSON: JSONString }'],
  ['X1', 'type ModelDeployment { revisionHistoryConnection(first: Int, after: String, orderBy: ModelRevisionOrder): ModelRevisionConnection! }'],
  ['X1', 'type Mutation { deleteModelServingDeploymentPayload(id: ID!): DeleteModelServingDeploymentPayload! } type DeleteModelServingDeploymentPayload { deletedId: ID! }'],
  ['X4', 'type RoutingConnection { edges: [RoutingEdge!]! pageInfo: PageInfo! } type RoutingEdge { node: Routing! cursor: String! } type Routing { id: ID! status: RoutingStatus! }'],
  ['X4', 'type AutoScalingRule { id: ID! metricType: String! threshold: Float! }'],
  ['X4 S1.27', 'type AccessToken { id: ID! createdAt: DateTime! expiresAt: DateTime }'],
  ['X4 S1.23 S1.24 S1.25', 'type Domain { name: String! } type Project { id: ID! name: String! } type User { email: String! } type ResourceGroup { name: String! }'],
  ['X4 S1.64 S1.68', 'type Image { name: String! architecture: String! } type VirtualFolderNode { id: ID! name: String! } scalar DateTime'],
  ['X4 S1.75', 'enum MountType { BIND VOLUME TMPFS }'],
  ['X4', 'type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }'],
  ['X4', 'input DeploymentFilter { status: DeploymentStatus openToPublic: Boolean } input ModelRevisionFilter { deploymentId: ID status: RevisionStatus }'],
  ['X4', 'input DeploymentMetricsFilter { from: DateTime to: DateTime replicaId: ID revisionId: ID } input ModelRevisionOrder { field: ModelRevisionOrderField! direction: OrderDirection! }'],
  ['X4', 'type SGLANGServiceConfig { extra: JSONString } type NVIDIAServiceConfig { extra: JSONString } type MOJOServiceConfig { extra: JSONString }'],
  ['X4 X14', 'type CreateModelDeploymentPayload { deployment: ModelDeployment! warnings: [RevisionWarning!]! } type UpdateModelDeploymentPayload { deployment: ModelDeployment! }'],
  ['X4 X14', 'type CreateModelRevisionPayload { revision: ModelRevision! warnings: [RevisionWarning!]! }'],
  ['X5', 'type ModelDeployment { clusterConfig: ClusterConfig! }'],
  ['X8 S1.18 S1.26', 'type ReplicaManagement { routings: [Routing!]! } type ModelDeployment { revisions: [ModelRevision!]! }'],
];

describe('the graph the proposal describes', () => {
  it.each(PROPOSED)('is offered field by field, each as nullable as it is there (%s)', (_ids, sdl) => {
    const { definitions } = parse(sdl);
    expect(definitions.flatMap(differences)).toEqual([]);
  });

  it('has one status for the two the proposal names, and no other value (S1.13, S1.30, X2)', () => {
    const values = graph.getType('DeploymentStatus') as GraphQLEnumType;
    expect(values.getValues().map(({ name }) => name).sort()).toEqual(STATUSES);
  });

  it('has figures of a replica that say unknown where nothing is known (S1.37)', () => {
    const metric = graph.getType('ReplicaMetric');
    if (!isObjectType(metric)) throw new Error('ReplicaMetric is no object type');
    const required = Object.values(metric.getFields()).filter(({ type }) => String(type).endsWith('!'));
    expect(required.map(({ name, type }) => `${name}: ${String(type)}`).sort()).toEqual([
      'kind: TrafficKind!', 'replicaId: ID!', 'replicaName: String!', 'revisionId: ID!', 'timestamp: DateTime!',
    ]);
    const figures = Object.values(metric.getFields()).filter((field) => !required.includes(field));
    expect(figures.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['requestsPerSecond', 'successRate', 'inFlight', 'latencyP95Ms', 'ttftP95Ms', 'tpotP95Ms', 'kvCacheUsage', 'cpuUtilization', 'gpuUtilization']),
    );
    for (const { type } of figures) expect(String(type)).toBe('Float');
  });

  it('tells a missing field, another nullability and an argument that nobody knows to give', () => {
    const found = (sdl: string) => parse(sdl).definitions.flatMap(differences);
    expect(found('type Mount { vfolderId: ID destination: String! owner: String }')).toEqual(['Mount.vfolderId is ID!, not ID', 'Mount.owner is undefined, not String']);
    expect(found('type Query { deployment: Deployment replica(id: ID!, at: DateTime): ModelReplica }')).toEqual([
      'Query.deployment(id) must be given', 'Query.replica(at) is undefined, not DateTime',
    ]);
    expect(found('input DeploymentOrderBy { field: DeploymentOrderField! }')).toEqual(['DeploymentOrderBy.direction must be given']);
    expect(found('enum OrderDirection { ASC } scalar DeploymentOrderBy union ServiceConfig = VLLMServiceConfig')).toHaveLength(3);
  });
});

/** In what the graph departs from a definition; more fields, and more arguments that may be left out, are no departure. */
function differences(definition: DefinitionNode): string[] {
  if (!('name' in definition) || definition.name === undefined) throw new Error(print(definition));
  const name = definition.name.value;
  const type = graph.getType(name);
  switch (definition.kind) {
    case 'ScalarTypeDefinition':
      return isScalarType(type) ? [] : [`${name} is no scalar`];
    case 'EnumTypeDefinition':
      return differentNames(name, definition.values ?? [], type instanceof GraphQLEnumType ? type.getValues() : []);
    case 'UnionTypeDefinition':
      return differentNames(name, definition.types ?? [], type instanceof GraphQLUnionType ? type.getTypes() : []);
    case 'ObjectTypeDefinition': {
      const fields = isObjectType(type) ? type.getFields() : {};
      return (definition.fields ?? []).flatMap((field) => [...differentType(`${name}.${field.name.value}`, field.type, fields[field.name.value]?.type), ...differentArguments(name, field)]);
    }
    case 'InputObjectTypeDefinition': {
      const fields = isInputObjectType(type) ? type.getFields() : {};
      const given = definition.fields ?? [];
      const unforeseen = Object.values(fields).filter((field) => isRequiredInputField(field) && !names(given).includes(field.name));
      return [
        ...given.flatMap((field) => differentType(`${name}.${field.name.value}`, field.type, fields[field.name.value]?.type)),
        ...unforeseen.map((field) => `${name}.${field.name} must be given`),
      ];
    }
    default:
      throw new Error(print(definition));
  }
}

function differentArguments(typeName: string, { name, arguments: given = [] }: FieldDefinitionNode): string[] {
  const type = graph.getType(typeName);
  const args = isObjectType(type) ? (type.getFields()[name.value]?.args ?? []) : [];
  const wrong = given.flatMap((arg) => differentType(`${typeName}.${name.value}(${arg.name.value})`, arg.type, args.find((one) => one.name === arg.name.value)?.type));
  const unforeseen = args.filter((arg) => isRequiredArgument(arg) && !names(given).includes(arg.name));
  return [...wrong, ...unforeseen.map((arg) => `${typeName}.${name.value}(${arg.name}) must be given`)];
}

function differentType(place: string, proposed: TypeNode, offered: unknown): string[] {
  const wanted = print(proposed).replace(/\w+/, (name) => CANONICAL[name] ?? name);
  return String(offered) === wanted ? [] : [`${place} is ${String(offered)}, not ${wanted}`];
}

function differentNames(place: string, proposed: readonly { readonly name?: { readonly value: string } }[], offered: readonly { readonly name: string }[]): string[] {
  const [wanted, found] = [names(proposed).sort().join(' '), offered.map(({ name }) => name).sort().join(' ')];
  return found === wanted ? [] : [`${place} is ${found}, not ${wanted}`];
}

const names = (nodes: readonly { readonly name?: { readonly value: string } }[]): string[] => nodes.map((node) => node.name?.value ?? '');
