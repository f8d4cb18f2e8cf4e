import { listingSchema } from './listing.schema.js';
import { strategySchema } from './strategy.schema.js';

/** The registry's part of the graph (S1 with the resolutions X1 to X14): what should run. */
export const registrySchema = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])

  scalar DateTime
  "JSON as text."
  scalar JSONString
  "A count, or a percentage such as \\"25%\\"."
  scalar IntOrPercent

  enum DeploymentStatus { INACTIVE ACTIVE HIBERNATED PROVISIONING UPDATING FAILED DESTROYING DESTROYED }
  enum RevisionStatus { ACTIVE INACTIVE }
  enum DeploymentStrategyType { ROLLING BLUE_GREEN CANARY }
  """
  What keeps requests with their revision while traffic is split: nothing; the x-session-id header or the body's user; or, when
  neither is there, the token.
  """
  enum Stickiness { NONE SESSION TOKEN }
  enum ClusterMode { SINGLE_NODE MULTI_NODE }
  enum MountPermission { READ_ONLY READ_WRITE }
  enum MountType { BIND VOLUME TMPFS }
  enum OrderDirection { ASC DESC }
  enum DeploymentOrderField { CREATED_AT UPDATED_AT NAME }
  enum ModelRevisionOrderField { CREATED_AT REVISION_NUMBER }

  type Query {
    "A deployment as it is, or, with asOf, as it was at any past instant: told from the log."
    deployment(id: ID!, asOf: DateTime): ModelDeployment
    "Newest first unless ordered otherwise. Destroyed deployments are listed only when asked for by status."
    deployments(
      filter: DeploymentFilter
      orderBy: DeploymentOrderBy
      order: DeploymentOrderBy
      limit: Int = 50
      offset: Int = 0
    ): [ModelDeployment!]!
    revision(id: ID!): ModelRevision
    revisions(filter: ModelRevisionFilter, order: ModelRevisionOrder, first: Int = 50, after: String): [ModelRevision!]!
    runtimeVariants: [RuntimeVariant!]!
  }

  type Mutation {
    createModelDeployment(input: CreateModelServingDeploymentInput!): CreateModelDeploymentPayload!
    updateModelDeployment(input: UpdateModelServingDeploymentInput!): UpdateModelDeploymentPayload!
    deleteModelServingDeployment(id: ID!): ID!
    "The same with an object to select from; deleteModelServingDeployment with a selection means this."
    deleteModelServingDeploymentPayload(id: ID!): DeleteModelServingDeploymentPayload!
    createModelRevision(input: CreateModelRevisionInput!): CreateModelRevisionPayload!
    "Back to a revision, or to the whole configuration of a past instant. Exactly one of the two."
    rollbackModelDeployment(id: ID!, toRevisionId: ID, toTime: DateTime, reason: String): RollbackModelDeploymentPayload!
    "Activates once more what a rollout that turned back, or failed, did not arrive at."
    retryRollout(input: RetryRolloutInput!): RetryRolloutPayload!
    "The token is in this answer and nowhere else."
    createAccessToken(input: CreateAccessTokenInput!): CreateAccessTokenPayload!
    deleteAccessToken(input: DeleteAccessTokenInput!): DeleteAccessTokenPayload!
  }

  "instant is \\"now\\", or the asOf the deployment was asked for."
  type ModelDeployment @key(fields: "id instant") {
    id: ID!
    instant: String!
    name: String!
    endpointUrl: String
    preferredDomainName: String
    openToPublic: Boolean!
    tags: [String!]!
    "The active revision; null until the first one serves."
    revision: ModelRevision
    "The revision on its way to become active."
    deployingRevision: ModelRevision
    "Revisions that were active before, newest first."
    revisionHistory: [ModelRevision!]!
    revisionHistoryConnection(first: Int = 50, after: String, orderBy: ModelRevisionOrder): ModelRevisionConnection!
    "Every revision of this deployment, newest first."
    revisions(first: Int = 50, after: String): [ModelRevision!]!
    deploymentStrategy: DeploymentStrategy!
    stickiness: Stickiness!
    clusterConfig: ClusterConfig!
    domain: Domain!
    project: Project!
    createdUser: User!
    resourceGroup: ResourceGroup!
    accessTokens: [AccessToken!]!
    "SHA-256 of the configuration the deployment runs with: equal configurations have equal hashes."
    configurationHash: String!
    createdAt: DateTime!
    updatedAt: DateTime!
  }

  type ModelRevision @key(fields: "id") {
    id: ID!
    name: String
    tags: [String!]!
    status: RevisionStatus!
    "1 for the first of its deployment, and so on."
    revisionNumber: Int!
    "What to send as the model to be answered by this revision alone, with an access token that may pin revisions: a preview, before it takes its share."
    address: String
    "SHA-256 of everything that decides what runs."
    contentHash: String!
    deploymentId: ID!
    clusterConfig: ClusterConfig!
    resourceConfig: ResourceConfig!
    modelRuntimeConfig: ModelRuntimeConfig!
    modelVFolderConfig: ModelVFolderConfig!
    "The text of the model definition as it was when the revision was made."
    modelDefinition: String
    mounts: [Mount!]!
    image: Image!
    warnings: [RevisionWarning!]!
    createdUser: User!
    createdAt: DateTime!
  }

  type ModelRevisionConnection { edges: [ModelRevisionEdge!]! nodes: [ModelRevision!]! pageInfo: PageInfo! }
  type ModelRevisionEdge { node: ModelRevision! cursor: String! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

  type RevisionWarning { code: String! field: String! message: String! }
  type ClusterConfig { mode: ClusterMode! size: Int! }
  type Domain { name: String! }
  type Project { id: ID! name: String! }
  type User { email: String! }
  type ResourceGroup { name: String! }
  type Image { name: String! architecture: String! }
  type VirtualFolderNode { id: ID! name: String! }
  type Mount { vfolderId: ID! destination: String! type: MountType! permission: MountPermission! }
  type ModelVFolderConfig { vfolder: VirtualFolderNode! mountDestination: String! definitionPath: String! }
  type ResourceSlots { cpu: Int! mem: String! memBytes: Float! extra: JSONString }
  type ResourceOpts { shmem: String extra: JSONString }
  type ResourceConfig { resourceGroup: ResourceGroup! resourceSlots: ResourceSlots! resourceOpts: ResourceOpts }

  union StrategyConfig = RollingConfig | BlueGreenConfig | CanaryConfig
  type DeploymentStrategy { type: DeploymentStrategyType! config: StrategyConfig configJSON: JSONString }

  type Parallelism { ppSize: Int tpSize: Int }
  type VLLMServiceConfig { maxModelLength: Int parallelism: Parallelism extraCliParameters: String extra: JSONString }
  type SGLANGServiceConfig { maxModelLength: Int parallelism: Parallelism extraCliParameters: String extra: JSONString }
  type NVIDIAServiceConfig { maxModelLength: Int parallelism: Parallelism extraCliParameters: String extra: JSONString }
  type MOJOServiceConfig { maxModelLength: Int parallelism: Parallelism extraCliParameters: String extra: JSONString }
  type CustomServiceConfig { maxModelLength: Int extraCliParameters: String extra: JSONString }
  union ServiceConfig = VLLMServiceConfig | SGLANGServiceConfig | NVIDIAServiceConfig | MOJOServiceConfig | CustomServiceConfig
  type ModelRuntimeConfig {
    runtimeVariant: String!
    serviceConfig: ServiceConfig
    serviceConfigJSON: JSONString
    "Values of secret variables are shown as \\"***\\"."
    environ: JSONString
  }
  type RuntimeVariant { name: String! humanReadableName: String! port: Int healthCheckPath: String requiredEnviron: [String!]! }

  type AccessToken {
    id: ID!
    name: String
    "Only in the answer that creates it."
    token: String
    prefix: String!
    createdUser: User!
    createdAt: DateTime!
    expiresAt: DateTime
    "Its holder may say which revision serves a request: header x-revision-id, or name@number as the model."
    mayPinRevisions: Boolean!
  }

  input DeploymentFilter {
    status: DeploymentStatus
    openToPublic: Boolean
    name: String
    nameContains: String
    domain: String
    project: String
    "Deployments that carry this tag."
    tag: String
  }
  input DeploymentOrderBy { field: DeploymentOrderField! direction: OrderDirection! }
  input ModelRevisionFilter { deploymentId: ID name: String tag: String status: RevisionStatus }
  input ModelRevisionOrder { field: ModelRevisionOrderField! direction: OrderDirection! }

  input ClusterConfigInput { mode: ClusterMode! size: Int! }
  input DeploymentStrategyInput { type: DeploymentStrategyType! config: StrategyConfigInput }
  input ImageInput { name: String! architecture: String! }
  input ParallelismInput { ppSize: Int tpSize: Int }
  input ServiceConfigInput { maxModelLength: Int parallelism: ParallelismInput extraCliParameters: String extra: JSONString }
  input ModelRuntimeConfigInput { runtimeVariant: String! serviceConfig: ServiceConfigInput environ: JSONString }
  input ModelVFolderConfigInput { vfolderId: ID! mountDestination: String definitionPath: String }
  input MountInput { vfolderId: ID! destination: String! type: MountType! permission: MountPermission! }
  input ResourceGroupInput { name: String! }
  input ResourceSlotsInput { cpu: Int! mem: String! extra: JSONString }
  input ResourceOptsInput { shmem: String extra: JSONString }
  input ResourceConfigInput { resourceGroup: ResourceGroupInput! resourceSlots: ResourceSlotsInput! resourceOpts: ResourceOptsInput }

  input InitialRevisionInput {
    name: String
    tags: [String!]
    image: ImageInput!
    modelRuntimeConfig: ModelRuntimeConfigInput!
    modelVFolderConfig: ModelVFolderConfigInput!
    mounts: [MountInput!]
    resourceConfig: ResourceConfigInput!
  }
  input CreateModelServingDeploymentInput {
    name: String!
    preferredDomainName: String
    "Name or id."
    domain: String!
    "Id or name."
    project: String!
    openToPublic: Boolean!
    tags: [String!]
    clusterConfig: ClusterConfigInput!
    deploymentStrategy: DeploymentStrategyInput!
    desiredReplicaCount: Int = 1
    stickiness: Stickiness = SESSION
    initialRevision: InitialRevisionInput!
  }
  input UpdateModelServingDeploymentInput {
    id: ID!
    name: String
    openToPublic: Boolean
    tags: [String!]
    "An empty text takes it away."
    preferredDomainName: String
    deploymentStrategy: DeploymentStrategyInput
    "Starts the deployment's strategy towards this revision."
    activeRevisionId: ID
    "Why it is activated: kept in the log."
    reason: String
    desiredReplicaCount: Int
    stickiness: Stickiness
  }
  input CreateModelRevisionInput {
    deploymentId: ID!
    name: String
    tags: [String!]
    clusterConfig: ClusterConfigInput
    image: ImageInput!
    modelRuntimeConfig: ModelRuntimeConfigInput!
    modelVFolderConfig: ModelVFolderConfigInput!
    mounts: [MountInput!]
    resourceConfig: ResourceConfigInput!
  }
  input CreateAccessTokenInput { deploymentId: ID! name: String expiresAt: DateTime mayPinRevisions: Boolean = false }
  input DeleteAccessTokenInput { deploymentId: ID! id: ID! }

  type CreateModelDeploymentPayload { deployment: ModelDeployment! warnings: [RevisionWarning!]! }
  type UpdateModelDeploymentPayload { deployment: ModelDeployment! }
  type DeleteModelServingDeploymentPayload { deletedId: ID! }
  input RetryRolloutInput { deploymentId: ID! rolloutId: ID! reason: String }
  type RetryRolloutPayload { deployment: ModelDeployment! }
  type RollbackModelDeploymentPayload { deployment: ModelDeployment! }
  type CreateModelRevisionPayload { revision: ModelRevision! warnings: [RevisionWarning!]! }
  type CreateAccessTokenPayload { accessToken: AccessToken! }
  type DeleteAccessTokenPayload { deletedId: ID! "Proxies that no longer accept it." acknowledgedProxies: [String!]! missingProxies: [String!]! }
  ${strategySchema}
  ${listingSchema}
`;
