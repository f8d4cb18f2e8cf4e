/** Revisions: what of a deployment is frozen, what it runs, on what, and from which model. */
export const revisionSchema = /* GraphQL */ `
  enum RevisionStatus { ACTIVE INACTIVE }
  enum MountPermission { READ_ONLY READ_WRITE }
  enum MountType { BIND VOLUME TMPFS }

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

  type RevisionWarning { code: String! field: String! message: String! }
  type Image { name: String! architecture: String! }
  type VirtualFolderNode { id: ID! name: String! }
  type Mount { vfolderId: ID! destination: String! type: MountType! permission: MountPermission! }
  type ModelVFolderConfig { vfolder: VirtualFolderNode! mountDestination: String! definitionPath: String! }
  type ResourceSlots { cpu: Int! mem: String! memBytes: Float! extra: JSONString }
  type ResourceOpts { shmem: String extra: JSONString }
  type ResourceConfig { resourceGroup: ResourceGroup! resourceSlots: ResourceSlots! resourceOpts: ResourceOpts }

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
    "Activates it as well, as updateModelDeployment with activeRevisionId does."
    autoActivate: Boolean = false
    "Kept with the activation."
    reason: String
  }
  type CreateModelRevisionPayload { revision: ModelRevision! warnings: [RevisionWarning!]! }
`;
