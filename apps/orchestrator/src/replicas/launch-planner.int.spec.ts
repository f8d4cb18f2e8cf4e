import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VARIANT_PROFILES, type VariantName } from '@slipway/domain';
import { fileSecretStore, type SecretStore } from '@slipway/service';
import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { launchPlanner } from './launch-planner.js';

let folder: string;
let secrets: SecretStore;
let lab: OrchestratorLab;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-launch-'));
  mkdirSync(path.join(folder, 'models', 'tiny'), { recursive: true });
  secrets = fileSecretStore(path.join(folder, 'secrets'), Buffer.alloc(32, 5));
  const engine = { engineEntry: '/opt/engine/main.js', nodePath: process.execPath, baseEnviron: { PATH: '/usr/bin' } };
  lab = await openOrchestratorLab({
    planLaunch: (log) => launchPlanner({ log, secrets, engine, modelRoot: path.join(folder, 'models'), replicaKey: (replicaId) => `key-of-${replicaId}` }),
  });
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('what is launched', () => {
  it('is the built-in engine with the revision, its secrets and a key of its own, health asked where the variant says (S4.2)', async () => {
    const secretRef = await secrets.put('hf_the-real-value');
    const modelRuntimeConfig = { runtimeVariant: 'mock', serviceConfig: null, environ: { HF_TOKEN: { secretRef }, LEVEL: 'debug' }, profile: VARIANT_PROFILES.mock };
    const { id } = await lab.registry.create({ desiredReplicaCount: 1, spec: { modelRuntimeConfig } });
    await lab.atRest(id, 'ACTIVE', 1);
    const [started] = lab.runtime.engines.started;
    expect(started?.command.argv.slice(0, 2)).toEqual([process.execPath, '/opt/engine/main.js']);
    expect(started?.command.environ).toMatchObject({ HF_TOKEN: 'hf_the-real-value', LEVEL: 'debug', PATH: '/usr/bin' });
    expect(Object.values(started?.command.environ ?? {})).toContain(`key-of-${id}-0`);
    expect(started?.command.argv.join(' ')).not.toContain('hf_the-real-value');
    expect(lab.health.asked.get('health')).toBeGreaterThan(0);
  });

  it.each(['cmd', 'nim', 'sglang', 'huggingface-tgi', 'modular-max'] satisfies VariantName[])('is refused for %s, and the deployment says why (S4.4)', async (variant) => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 1, variant });
    const { statusReason } = await lab.atRest(id, 'FAILED', 0);
    expect(statusReason).toMatch(/^UNSUPPORTED: .*is started by its container image; local processes run llama\.cpp, vllm, custom and mock$/);
  });

  it('is refused over several nodes, and the deployment says why (S1.96)', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 1, spec: { clusterConfig: { mode: 'MULTI_NODE', size: 3 } } });
    expect((await lab.atRest(id, 'FAILED', 0)).statusReason).toBe('UNSUPPORTED: a replica over 3 nodes cannot run as a process of one machine');
  });

  it('is refused when the model is gone, and the deployment says why', async () => {
    const { id } = await lab.registry.create({ desiredReplicaCount: 1, variant: 'llama.cpp' });
    expect((await lab.atRest(id, 'FAILED', 0)).statusReason).toBe('LAUNCH_FAILED: the model folder has no .gguf file');
  });

  it('is refused when a secret is gone, and the deployment says which', async () => {
    const modelRuntimeConfig = { runtimeVariant: 'mock', serviceConfig: null, environ: { HF_TOKEN: { secretRef: `secret:${'0'.repeat(64)}` } }, profile: VARIANT_PROFILES.mock };
    const { id } = await lab.registry.create({ desiredReplicaCount: 1, spec: { modelRuntimeConfig } });
    expect((await lab.atRest(id, 'FAILED', 0)).statusReason).toBe('LAUNCH_FAILED: the secret behind HF_TOKEN is gone from the secret store');
  });
});
