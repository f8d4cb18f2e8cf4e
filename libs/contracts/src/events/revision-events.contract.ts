import type { RevisionEvent } from '@slipway/domain';
import { z } from 'zod';
import type { EventContracts } from './event-contract.js';
import { atMs, count, id, jsonObject, sha256, text } from './fields.js';

const bytes = z.strictObject({ text, bytes: count });
const healthCheck = z.strictObject({
  path: text,
  intervalMs: count,
  retriesMax: count,
  timeoutMs: count,
  expectedStatus: count,
  initialDelayMs: count,
});
const profile = z.strictObject({
  name: z.enum(['custom', 'vllm', 'nim', 'huggingface-tgi', 'sglang', 'modular-max', 'cmd', 'llama.cpp', 'mock']),
  humanReadableName: text,
  port: count.nullable(),
  healthCheck: healthCheck.nullable(),
  requiredEnviron: z.array(text),
  needsModelDefinition: z.boolean(),
});
const serviceConfig = z.strictObject({
  maxModelLength: z.exactOptional(count),
  parallelism: z.exactOptional(z.strictObject({ ppSize: z.exactOptional(count), tpSize: z.exactOptional(count) })),
  extraCliParameters: z.exactOptional(text),
  extra: z.exactOptional(jsonObject),
});
const modelDefinition = z.strictObject({
  name: text,
  modelPath: text,
  service: z
    .strictObject({
      preStartActions: z.array(z.strictObject({ action: text, args: jsonObject })),
      startCommand: z.array(text),
      port: count,
      healthCheck: healthCheck.nullable(),
    })
    .nullable(),
  metadata: jsonObject,
});

export const revisionSpec = z.strictObject({
  clusterConfig: z.strictObject({ mode: z.enum(['SINGLE_NODE', 'MULTI_NODE']), size: count }),
  image: z.strictObject({ name: text, architecture: text }),
  modelRuntimeConfig: z.strictObject({
    runtimeVariant: text,
    serviceConfig: serviceConfig.nullable(),
    environ: z.record(text, z.union([text, z.strictObject({ secretRef: text })])),
    profile,
  }),
  modelVFolderConfig: z.strictObject({ vfolderId: id, vfolderName: text, mountDestination: text, definitionPath: text }),
  modelDefinition: z.strictObject({ text, models: z.array(modelDefinition) }).nullable(),
  mounts: z.array(
    z.strictObject({
      vfolderId: id,
      destination: text,
      type: z.enum(['BIND', 'VOLUME', 'TMPFS']),
      permission: z.enum(['READ_ONLY', 'READ_WRITE']),
    }),
  ),
  resourceConfig: z.strictObject({
    resourceGroup: text,
    slots: z.strictObject({ cpu: count, mem: bytes, extra: jsonObject.nullable() }),
    opts: z.strictObject({ shmem: bytes.nullable(), extra: jsonObject.nullable() }).nullable(),
  }),
});

export const revisionEvents: EventContracts<RevisionEvent> = {
  RevisionCreated: {
    schema: z.strictObject({
      revisionId: id,
      deploymentId: id,
      name: text.nullable(),
      tags: z.array(text),
      spec: revisionSpec,
      contentHash: sha256,
      warnings: z.array(z.strictObject({ code: text, field: text, message: text })),
      createdBy: text,
      atMs,
    }),
    upcasts: [],
  },
};
