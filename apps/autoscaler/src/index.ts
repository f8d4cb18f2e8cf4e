export { AutoscalerModule } from './autoscaler.module.js';
export { AutoscalerService, type AutoscalerOptions } from './autoscaler.service.js';
export { autoscalerSchema } from './graphql/autoscaler.schema.js';
