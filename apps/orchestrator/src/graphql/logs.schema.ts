/** What the engines of replicas print. */
export const logsSchema = /* GraphQL */ `
  extend type ModelReplica {
    "What its engine printed last, over all its starts; at most 1000 lines. Null with LOGS_NOT_REACHABLE where this instance cannot read it."
    logs(tail: Int = 100): ReplicaLogs
  }

  extend type Subscription {
    """
    What its engine prints, each line once and in order, over all its starts, until the replica is over.
    Begins so many lines before the end, or after the line with a cursor that was told before.
    """
    replicaLogs(replicaId: ID!, tail: Int = 10, after: String): ReplicaLogLine!
  }

  "Oldest first."
  type ReplicaLogs { lines: [ReplicaLogLine!]! }
  """
  A line as it was printed. It carries no time but what is printed in it (the built-in engines begin theirs with one): an engine writes
  straight to its file, so that it goes on when nobody reads, and when a line is read says nothing of when it was written.
  """
  type ReplicaLogLine {
    "Standard output or standard error, which are one; secrets are masked."
    text: String!
    "Not the whole line: it is longer than 4096 characters, or has no end yet."
    cut: Boolean!
    "Lines before it that are not told, because the reader was too slow; at least so many where they are kept no more."
    skippedLines: Int!
    "Its place in all that the replica printed."
    cursor: String!
  }
`;
