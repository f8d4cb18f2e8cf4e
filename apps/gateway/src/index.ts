export { composeGraph, publicGraph, type GraphPart } from './graph/compose-graph.js';
export { breakingChanges } from './graph/graph-changes.js';
export { startGateway, type GatewayOptions, type RunningGateway } from './start-gateway.js';
export { GatewayModule } from './gateway.module.js';
export { defaultDoorLimits, defaultQueryLimits, gatewayConfig, type DoorLimits, type GatewayConfig, type QueryLimits } from './config.js';
export { localSubgraphs, remoteSubgraphs, type SubgraphService, type SubgraphSource } from './graph/subgraph-source.js';
export { lastGoodGraphIn, type LastGoodGraph } from './graph/last-good-graph.js';
export { defaultSubgraphLimits, type SubgraphLimits } from './subgraphs/subgraph-limits.js';
