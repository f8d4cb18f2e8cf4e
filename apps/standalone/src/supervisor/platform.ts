import { fileURLToPath } from 'node:url';
import { places, processEnvironment, type StandaloneConfig } from '../config.js';
import { SupervisedChild } from './supervised-child.js';
import { preflight } from './preflight.js';
import { takeLock } from './supervisor-lock.js';

/** Running requests get this long when the platform stops; then engines get theirs. */
const PROXY_STOP_LIMIT_MS = 35_000;
const CONTROL_PLANE_STOP_LIMIT_MS = 45_000;
/** Heap enough for the work; without bounds Node lets garbage pile up to several times of it, young garbage above all. */
const CONTROL_PLANE_MEMORY = ['--max-old-space-size=512', '--max-semi-space-size=4'];
const PROXY_MEMORY = ['--max-semi-space-size=4'];

export type Platform = {
  readonly graphUrl: string;
  readonly openAiBaseUrl: string;
  readonly adminTokenCreated: boolean;
  /** Drains, then stops everything that was started. Safe to call twice. */
  stop(): Promise<void>;
};

/** Starts the platform's processes and keeps them alive. Throws CannotStart, or what a process says of why it could not. */
export async function startPlatform(config: StandaloneConfig, onRestart: (name: string, how: string) => void): Promise<Platform> {
  await preflight(config);
  const at = places(config.dataDir);
  const release = takeLock(at.lock);
  const environ = childEnvironment(config);
  const child = (name: string, script: string, stopLimitMs: number, execArgv: readonly string[] = []): SupervisedChild =>
    new SupervisedChild({ name, script: fileURLToPath(new URL(script, import.meta.url)), environ, outputFile: at.serviceLog, stopLimitMs, execArgv, onRestart });
  const controlPlane = child('control plane', '../control-plane-process.js', CONTROL_PLANE_STOP_LIMIT_MS, CONTROL_PLANE_MEMORY);
  const proxy = child('proxy', '../proxy-process.js', PROXY_STOP_LIMIT_MS, PROXY_MEMORY);

  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      await proxy.stop(); // finishes what runs, takes nothing new
      await controlPlane.stop();
      release();
    })();
    return stopping;
  };
  try {
    const [facts] = await Promise.all([controlPlane.start(), proxy.start()]);
    return {
      graphUrl: `${String(facts['gatewayUrl'])}/graphql`,
      openAiBaseUrl: `http://${config.host}:${config.proxyPort}/v1`,
      adminTokenCreated: facts['adminTokenCreated'] === true,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function childEnvironment(config: StandaloneConfig): Record<string, string | undefined> {
  return {
    ...processEnvironment(),
    SLIPWAY_DATA_DIR: config.dataDir,
    SLIPWAY_MODEL_ROOT: config.modelRoot,
    SLIPWAY_HOST: config.host,
    SLIPWAY_PROXY_HOST: config.host,
    SLIPWAY_GATEWAY_PORT: String(config.gatewayPort),
    SLIPWAY_PROXY_PORT: String(config.proxyPort),
  };
}
