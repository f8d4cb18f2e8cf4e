import { historySchema } from './history.schema.js';
import { logsSchema } from './logs.schema.js';
import { rolloutSchema } from './rollout.schema.js';

/** The orchestrator's part of the graph: what became of what should run. */
export const orchestratorSchema = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@inaccessible"])

  scalar DateTime
  "JSON as text."
  scalar JSONString

  enum DeploymentStatus { INACTIVE ACTIVE HIBERNATED PROVISIONING UPDATING FAILED DESTROYING DESTROYED }
  enum ReplicaStatus { PROVISIONING RUNNING UNHEALTHY RESTARTING DRAINING TERMINATED FAILED }
  "ACTIVE takes requests; INACTIVE does not, or not any more."
  enum RoutingStatus { PROVISIONING ACTIVE INACTIVE }

  type Query {
    replica(id: ID!): ModelReplica
  }

  type Subscription {
    "Each change of a deployment's status, once and in order, from now on."
    deploymentStatusChanged(deploymentId: ID!): ModelDeployment!
    "Each change of a replica of this revision, once and in order, from now on."
    replicaStatusChanged(revisionId: ID!): ModelReplica!
  }

  "What the registry's part of a deployment can be answered without may be null, so that it is answered while this service is away."
  type ModelDeployment @key(fields: "id instant") {
    id: ID!
    instant: String!
    status: DeploymentStatus!
    statusReason: String
    statusSince: DateTime
    replicaManagement: ReplicaManagement!
    "How requests are split over revisions."
    traffic: [RevisionTraffic!]
    "The newest rollout; its steps are the plan its strategy was compiled to."
    rollout: Rollout
    rollouts(limit: Int = 20): [Rollout!]
  }

  type ModelRevision @key(fields: "id") {
    id: ID!
    "Why its newest replica that was given up was given up: reason, message, exitCode, signal, lastLines."
    errorData: JSONString
  }

  type ReplicaManagement @key(fields: "id instant") {
    id: ID! @inaccessible
    instant: String! @inaccessible
    desiredReplicaCount: Int!
    readyReplicaCount: Int!
    replicas: [ModelReplica!]!
    "Routing information of each replica."
    routings: [Routing!]!
  }

  type ModelReplica @key(fields: "id") {
    id: ID!
    name: String!
    status: ReplicaStatus!
    revision: ModelRevision!
    "How often its engine was started."
    attempt: Int!
    errorData: JSONString
    routings(first: Int = 50, after: String): RoutingConnection!
    createdAt: DateTime!
    updatedAt: DateTime!
  }

  type Routing { id: ID! status: RoutingStatus! "Its share of the deployment's requests." trafficPercent: Float! }
  type RoutingEdge { node: Routing! cursor: String! }
  type RoutingConnection { edges: [RoutingEdge!]! pageInfo: PageInfo! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

  type RevisionTraffic { revision: ModelRevision weightPercent: Float! }
  ${rolloutSchema}
  ${historySchema}
  ${logsSchema}
`;
