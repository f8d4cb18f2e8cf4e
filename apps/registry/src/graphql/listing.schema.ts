/** Lists in pages that stay put, filters over them, and what distinguishes two revisions. */
export const listingSchema = /* GraphQL */ `
  extend type Query {
    "Every deployment that exists all the while is in exactly one of the pages, however many are made meanwhile."
    deploymentsConnection(filter: DeploymentFilter, orderBy: DeploymentOrderBy, first: Int = 50, after: String): ModelDeploymentConnection!
    revisionsConnection(filter: ModelRevisionFilter, orderBy: ModelRevisionOrder, first: Int = 50, after: String): ModelRevisionsConnection!
    "What distinguishes b from a, field by field, in everything that decides what runs."
    revisionDiff(a: ID!, b: ID!): RevisionDiff!
  }

  type ModelDeploymentConnection { edges: [ModelDeploymentEdge!]! pageInfo: PageInfo! "Of all pages." totalCount: Int! }
  type ModelDeploymentEdge { node: ModelDeployment! cursor: String! }
  type ModelRevisionsConnection { edges: [ModelRevisionEdge!]! pageInfo: PageInfo! "Of all pages." totalCount: Int! }

  enum RevisionChangeKind { ADDED REMOVED CHANGED }
  type RevisionDiff { a: ModelRevision! b: ModelRevision! identical: Boolean! changes: [RevisionChange!]! }
  type RevisionChange {
    "For example modelRuntimeConfig.environ.MODE, mounts[/data].permission or modelDefinition.models[tiny].service.startCommand[3]."
    path: String!
    kind: RevisionChangeKind!
    "Null where there was nothing. Secrets are shown as \\"***\\"."
    before: JSONString
    after: JSONString
  }

  "All that is given must hold. Names with an i make no difference between A-Z and a-z."
  input StringFilter {
    equals: String
    notEquals: String
    contains: String
    notContains: String
    startsWith: String
    notStartsWith: String
    endsWith: String
    notEndsWith: String
    in: [String!]
    notIn: [String!]
    iEquals: String
    iNotEquals: String
    iContains: String
    iNotContains: String
    iStartsWith: String
    iNotStartsWith: String
    iEndsWith: String
    iNotEndsWith: String
    iIn: [String!]
    iNotIn: [String!]
  }
  "before and after do not include the instant itself."
  input DateTimeFilter { before: DateTime after: DateTime equals: DateTime notEquals: DateTime }

  extend input DeploymentFilter {
    statusIn: [DeploymentStatus!]
    nameMatches: StringFilter
    domainMatches: StringFilter
    projectMatches: StringFilter
    createdAt: DateTimeFilter
    updatedAt: DateTimeFilter
    "All of these hold."
    AND: [DeploymentFilter!]
    "At least one of these holds."
    OR: [DeploymentFilter!]
    "None of these holds."
    NOT: [DeploymentFilter!]
  }
  extend input ModelRevisionFilter {
    nameMatches: StringFilter
    createdAt: DateTimeFilter
    "All of these hold."
    AND: [ModelRevisionFilter!]
    "At least one of these holds."
    OR: [ModelRevisionFilter!]
    "None of these holds."
    NOT: [ModelRevisionFilter!]
  }
`;
