import type { HealthCheck, RevisionSpec } from '@slipway/domain';
import { unsupported, type EngineOutcome } from '../engine-command.js';
import { customEngine } from './custom-engine.js';
import type { EngineContext } from './engine-context.js';
import { llamaCppEngine } from './llama-cpp-engine.js';
import { mockEngine } from './mock-engine.js';
import { mainModel } from './model-files.js';
import { vllmEngine } from './vllm-engine.js';

/** What a revision starts as a process of this machine, or why it cannot be one. Reads the model folder; writes to the run folder only. */
export async function buildEngineCommand(spec: RevisionSpec, context: EngineContext): Promise<EngineOutcome> {
  const { name, humanReadableName } = spec.modelRuntimeConfig.profile;
  if (spec.clusterConfig.mode === 'MULTI_NODE' && spec.clusterConfig.size > 1)
    return unsupported(`a replica over ${spec.clusterConfig.size} nodes cannot run as a process of one machine`);
  switch (name) {
    case 'llama.cpp':
      return llamaCppEngine(spec, context);
    case 'mock':
      return mockEngine(spec, context);
    case 'vllm':
      return vllmEngine(spec, context);
    case 'custom':
      return customEngine(spec, context);
    case 'nim':
    case 'huggingface-tgi':
    case 'sglang':
    case 'modular-max':
    case 'cmd':
      return unsupported(`${humanReadableName} is started by its container image; local processes run llama.cpp, vllm, custom and mock`);
  }
}

/** How to tell that the engine is well. Null: ready once its port accepts a connection. */
export function readinessOf(spec: RevisionSpec): HealthCheck | null {
  const { profile } = spec.modelRuntimeConfig;
  return profile.name === 'custom' ? (mainModel(spec)?.service?.healthCheck ?? null) : profile.healthCheck;
}
