export { metricsSchema } from './graphql/metrics.schema.js';
export { MetricsModule } from './metrics.module.js';
export { MetricsService, type MetricsOptions } from './metrics.service.js';
