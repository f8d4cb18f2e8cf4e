import { accessTokenSchema } from './access-token.schema.js';
import { listingSchema } from './listing.schema.js';
import { revisionSchema } from './revision.schema.js';
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
  enum DeploymentStrategyType { ROLLING BLUE_GREEN CANARY }
  """
  What keeps requests with their revision while traffic is split: nothing; the x-session-id header or the body's user; or, when
  neither is there, the token.
  """
  enum Stickiness { NONE SESSION TOKEN }
  enum ClusterMode { SINGLE_NODE MULTI_NODE }
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

  type ModelRevisionConnection { edges: [ModelRevisionEdge!]! nodes: [ModelRevision!]! pageInfo: PageInfo! }
  type ModelRevisionEdge { node: ModelRevision! cursor: String! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

  type ClusterConfig { mode: ClusterMode! size: Int! }
  type Domain { name: String! }
  type Project { id: ID! name: String! }
  type User { email: String! }
  type ResourceGroup { name: String! }

  union StrategyConfig = RollingConfig | BlueGreenConfig | CanaryConfig
  type DeploymentStrategy { type: DeploymentStrategyType! config: StrategyConfig configJSON: JSONString }

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

  type CreateModelDeploymentPayload { deployment: ModelDeployment! warnings: [RevisionWarning!]! }
  type UpdateModelDeploymentPayload { deployment: ModelDeployment! }
  type DeleteModelServingDeploymentPayload { deletedId: ID! }
  input RetryRolloutInput { deploymentId: ID! rolloutId: ID! reason: String }
  type RetryRolloutPayload { deployment: ModelDeployment! }
  type RollbackModelDeploymentPayload { deployment: ModelDeployment! }
  ${revisionSchema}
  ${accessTokenSchema}
  ${strategySchema}
  ${listingSchema}
`;
