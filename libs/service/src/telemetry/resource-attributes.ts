import type { Attributes } from '@opentelemetry/api';
import type { TelemetryOptions } from './start-telemetry.js';

/** Who made a span or metric, in the words of the semantic conventions. */
export function resourceAttributes({ serviceName, instance, version }: TelemetryOptions): Attributes {
  return {
    'service.namespace': 'slipway',
    'service.name': serviceName,
    'service.instance.id': instance,
    ...(version === undefined ? {} : { 'service.version': version }),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
  };
}
