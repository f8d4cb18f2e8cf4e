export { orchestratorSchema } from './graphql/orchestrator.schema.js';
export { OrchestratorModule } from './orchestrator.module.js';
export { OrchestratorService, orchestratorProjections, orchestratorTables, type OrchestratorOptions } from './orchestrator.service.js';
export { launchPlanner, type LaunchPlannerPorts } from './replicas/launch-planner.js';
export type { DrainWatch, ReplicaPorts } from './replicas/replica-ports.js';
