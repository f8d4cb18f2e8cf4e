import type { HealthCheck } from '../revision/revision-spec.js';

export type VariantName = 'custom' | 'vllm' | 'nim' | 'huggingface-tgi' | 'sglang' | 'modular-max' | 'cmd' | 'llama.cpp' | 'mock';

/** What a runtime variant fixes: how to tell that the engine is well, and where it listens (S4.2). */
export type VariantProfile = {
  readonly name: VariantName;
  readonly humanReadableName: string;
  /** The port inside a container; a local process gets a free loopback port instead. Null: the model definition says. */
  readonly port: number | null;
  /** Null: no health check over HTTP; the replica counts as ready once its port accepts a connection. */
  readonly healthCheck: HealthCheck | null;
  /** Variables without which a revision is refused (S4.20). */
  readonly requiredEnviron: readonly string[];
  readonly needsModelDefinition: boolean;
};

/** Time a model may take to load before failed checks count. */
const INITIAL_DELAY_MS = 60_000;
const check = (path: string): HealthCheck => ({
  path,
  intervalMs: 10_000,
  retriesMax: 10,
  timeoutMs: 15_000,
  expectedStatus: 200,
  initialDelayMs: INITIAL_DELAY_MS,
});

/** An engine that answers quickly is asked often, so that a dead one is noticed in seconds. */
const ownEngineCheck: HealthCheck = { ...check('/health'), intervalMs: 1000, retriesMax: 5, timeoutMs: 5000 };

const profile = (
  name: VariantName,
  humanReadableName: string,
  rest: Partial<Pick<VariantProfile, 'port' | 'healthCheck' | 'requiredEnviron' | 'needsModelDefinition'>>,
): VariantProfile => ({ name, humanReadableName, port: null, healthCheck: null, requiredEnviron: [], needsModelDefinition: false, ...rest });

/** Backend.AI's seven (X24) and our two own engines. Read-only; a revision keeps the copy it was made with. */
export const VARIANT_PROFILES: Readonly<Record<VariantName, VariantProfile>> = {
  custom: profile('custom', 'Custom (model definition)', { needsModelDefinition: true }),
  vllm: profile('vllm', 'vLLM', { port: 8000, healthCheck: check('/health') }),
  nim: profile('nim', 'NVIDIA NIM', { port: 8000, healthCheck: check('/v1/health/ready'), requiredEnviron: ['NGC_API_KEY'] }),
  'huggingface-tgi': profile('huggingface-tgi', 'Hugging Face TGI', { port: 3000, healthCheck: check('/info') }),
  sglang: profile('sglang', 'SGLang', { port: 9001, healthCheck: check('/health') }),
  'modular-max': profile('modular-max', 'Modular MAX', { port: 8000, healthCheck: check('/health') }),
  cmd: profile('cmd', 'Predefined Image Command', {}),
  'llama.cpp': profile('llama.cpp', 'llama.cpp (built in)', { port: 8000, healthCheck: ownEngineCheck }),
  mock: profile('mock', 'Mock engine (built in)', { port: 8000, healthCheck: ownEngineCheck }),
};

const ALIASES: ReadonlyMap<string, VariantName> = new Map([
  ['nvidia', 'nim'],
  ['ngc-nim', 'nim'],
  ['mojo', 'modular-max'],
  ['max', 'modular-max'],
  ['tgi', 'huggingface-tgi'],
  ['predefined image command', 'cmd'],
  ['llamacpp', 'llama.cpp'],
  ['llama_cpp', 'llama.cpp'],
]);

/** One table for every spelling (X13): VLLM, vllm, NVIDIA, NGC-NIM, MOJO, CUSTOM, "Predefined Image Command" … */
export function variantProfile(spelling: string): VariantProfile | null {
  const key = spelling.trim().toLowerCase();
  const name = ALIASES.get(key) ?? (Object.hasOwn(VARIANT_PROFILES, key) ? (key as VariantName) : null);
  return name === null ? null : VARIANT_PROFILES[name];
}
