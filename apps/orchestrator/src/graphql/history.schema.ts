/** What happened, and why. */
export const historySchema = /* GraphQL */ `
  enum OrderDirection { ASC DESC }
  enum EntityKind { DEPLOYMENT REVISION ROLLOUT REPLICA TOKEN }

  extend type Query {
    "Every fact of a deployment and of what belongs to it. Pages stay as they are while more happens."
    deploymentTimeline(deploymentId: ID!, filter: TimelineFilter, first: Int = 50, after: String, order: OrderDirection = DESC): TimelineConnection!
    "Why something was as it was at an instant: the chain of causes, from whoever asked to what came of it."
    explain(entity: EntityInput!, at: DateTime): Explanation!
  }

  extend type Subscription {
    "Each further fact of a deployment, once and in order, from now on."
    deploymentTimelineGrew(deploymentId: ID!): TimelineEntry!
  }

  "All that is given must hold."
  input TimelineFilter {
    "Names of facts, such as RolloutStarted."
    types: [String!]
    actor: String
    "Inclusive."
    from: DateTime
    "Inclusive."
    to: DateTime
    entity: TimelineEntityFilter
  }
  "Without an id: all of the kind."
  input TimelineEntityFilter { kind: EntityKind! id: ID }
  input EntityInput { kind: EntityKind! id: ID! }
  type Entity { kind: EntityKind! id: ID! }

  type TimelineConnection { edges: [TimelineEdge!]! pageInfo: PageInfo! }
  type TimelineEdge { node: TimelineEntry! cursor: String! }
  type TimelineEntry {
    "Of the fact."
    id: ID!
    "Its place in the log: a whole number, greater for what came later."
    position: Float!
    type: String!
    "What it says something new about."
    entity: Entity!
    at: DateTime!
    actor: String
    "The effect of a process, or the fact, that caused it."
    causeId: String
    correlationId: String
    "One sentence."
    summary: String!
    "The fact itself, without secrets."
    data: JSONString!
  }

  type Explanation {
    entity: Entity!
    at: DateTime!
    "What the newest fact about it said; of a deployment, the newest about its status and traffic."
    state: String!
    "Oldest first; the last one is that fact."
    links: [ExplanationLink!]!
    "False when the chain goes back further than is shown."
    complete: Boolean!
    origin: ExplanationOrigin
  }
  "Who began it."
  type ExplanationOrigin { actor: String correlationId: String at: DateTime! }
  type ExplanationLink {
    position: Float!
    at: DateTime!
    actor: String
    "The type of the fact, or of the record of a process's decision."
    eventType: String!
    "What happened, in one sentence."
    what: String!
    "Why it happened."
    because: String!
  }
`;
