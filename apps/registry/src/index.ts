export { registrySchema } from './graphql/registry.schema.js';
export { RegistryModule } from './registry.module.js';
export { RegistryService, registryProjections, registryTables, type RegistryOptions } from './registry.service.js';
export { ModelFolders } from './model-folders/model-folders.js';
export { PROXY_ACKNOWLEDGEMENT_MS, type ProxyAcknowledgements, type RegistryPorts } from './registry-ports.js';
