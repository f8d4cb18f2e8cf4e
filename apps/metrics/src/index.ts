export { MetricsModule } from './metrics.module.js';
export { MetricsService, type MetricsOptions } from './metrics.service.js';
