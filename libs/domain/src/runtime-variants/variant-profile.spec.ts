import { VARIANT_PROFILES, variantProfile } from './variant-profile.js';

describe('runtime variants (S4.2)', () => {
  it.each([
    ['vllm', 'VLLM'],
    ['vllm', 'vLLM'],
    ['sglang', 'SGLANG'],
    ['nim', 'NVIDIA'],
    ['nim', 'NGC-NIM'],
    ['nim', 'nim'],
    ['modular-max', 'MOJO'],
    ['modular-max', 'modular-max'],
    ['cmd', 'Predefined Image Command'],
    ['cmd', 'CMD'],
    ['custom', 'CUSTOM'],
    ['custom', 'custom'],
    ['huggingface-tgi', 'TGI'],
    ['llama.cpp', 'llamacpp'],
    ['mock', ' Mock '],
  ] as const)('finds %s under the spelling "%s" (X13)', (name, spelling) => {
    expect(variantProfile(spelling)).toBe(VARIANT_PROFILES[name]);
  });

  it.each(['', 'vlm', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])('knows no variant "%s"', (spelling) => {
    expect(variantProfile(spelling)).toBeNull();
  });

  it.each([
    ['vllm', 8000, '/health'],
    ['nim', 8000, '/v1/health/ready'],
    ['huggingface-tgi', 3000, '/info'],
    ['sglang', 9001, '/health'],
    ['modular-max', 8000, '/health'],
  ] as const)('gives %s its port %i and health check %s (X24)', (name, port, path) => {
    expect(VARIANT_PROFILES[name]).toMatchObject({ port, healthCheck: { path, expectedStatus: 200 } });
  });

  it('gives Predefined Image Command no health check (S4.10)', () => {
    expect(VARIANT_PROFILES.cmd).toMatchObject({ healthCheck: null, needsModelDefinition: false });
  });

  it('lets only custom need a model definition (S4.1, S4.9)', () => {
    expect(Object.values(VARIANT_PROFILES).filter((profile) => profile.needsModelDefinition).map(({ name }) => name)).toEqual(['custom']);
  });

  it('asks NIM for its key (S4.19)', () => {
    expect(VARIANT_PROFILES.nim.requiredEnviron).toEqual(['NGC_API_KEY']);
  });

  it('lists a name and a human readable name for every variant (S4.8)', () => {
    const listed = Object.entries(VARIANT_PROFILES).map(([key, { name, humanReadableName }]) => ({ key, name, humanReadableName }));
    expect(listed.every(({ key, name, humanReadableName }) => key === name && humanReadableName.length > 0)).toBe(true);
    expect(listed).toHaveLength(9);
  });
});
