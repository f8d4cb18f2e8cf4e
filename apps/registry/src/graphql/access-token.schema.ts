/** Tokens that let requests in where a deployment is not open to the public. */
export const accessTokenSchema = /* GraphQL */ `
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

  input CreateAccessTokenInput { deploymentId: ID! name: String expiresAt: DateTime mayPinRevisions: Boolean = false }
  input DeleteAccessTokenInput { deploymentId: ID! id: ID! }
  type CreateAccessTokenPayload { accessToken: AccessToken! }
  type DeleteAccessTokenPayload { deletedId: ID! "Proxies that no longer accept it." acknowledgedProxies: [String!]! missingProxies: [String!]! }
`;
