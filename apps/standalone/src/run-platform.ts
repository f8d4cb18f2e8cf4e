import { announcement } from './announcement.js';
import { places, type StandaloneConfig } from './config.js';
import { readAdminToken } from './demo/admin-token-file.js';
import { installDemoModel } from './demo/demo-model.js';
import { askDemo, awaitServing, DEMO_NAME, launchDemo, QUESTION } from './demo/first-launch.js';
import { GraphClient } from './demo/graph-client.js';
import type { Platform } from './supervisor/platform.js';

export type PlatformRun<Config extends StandaloneConfig> = {
  readonly config: Config;
  /** Deploys the bundled model on the first run. */
  readonly wantsDemo: boolean;
  start(config: Config, onRestart: (name: string, how: string) => void): Promise<Platform>;
};

const say = (text: string): void => void process.stdout.write(text);

export function fail(message: string, exitCode = 1): never {
  process.stderr.write(`slipway: ${message}\n`);
  process.exit(exitCode);
}

/** A platform in the foreground of a terminal: started, shown, and stopped by Ctrl-C. */
export async function runPlatform<Config extends StandaloneConfig>({ config, wantsDemo, start }: PlatformRun<Config>): Promise<void> {
  const at = places(config.dataDir);
  let platform: Platform | null = null;
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    say('\nStopping: finishing what runs …\n');
    await platform?.stop();
    say('Stopped.\n');
    process.exit(0);
  };
  // Whoever read what is said here may go; the platform stays, and is stopped in order when its time comes.
  for (const output of [process.stdout, process.stderr]) output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

  try {
    const startedAtMs = Date.now();
    platform = await start(config, (name, how) => say(`  the ${name} ended (${how}) and is started again\n`));
    say(`Slipway is up after ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s.\n`);
    if (platform.adminTokenCreated) say(`\n  Admin token, shown this once: ${readAdminToken(config)}\n\n`);
    const hasDemo = wantsDemo && (await demo(config, platform));
    const { graphUrl, openAiBaseUrl } = platform;
    say(announcement({ graphUrl, openAiBaseUrl, adminTokenFile: at.adminToken, demoTokenFile: hasDemo ? at.demoToken : null }));
  } catch (error) {
    if (stopping) return;
    await platform?.stop();
    fail((error as Error).message);
  }
}

/** The first deployment, and one question to it on the first run. */
async function demo(config: StandaloneConfig, platform: Platform): Promise<boolean> {
  const at = places(config.dataDir);
  const graph = new GraphClient(platform.graphUrl, readAdminToken(config));
  installDemoModel(config.modelRoot);
  const launched = await launchDemo(graph, { token: at.demoToken, launchKey: at.demoLaunchKey });
  if (launched === null) return false;
  const startedAtMs = Date.now();
  const elapsed = (): string => `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
  await awaitServing(graph, launched.id, (status, ready, desired) => say(`  ${DEMO_NAME}  ${status.padEnd(12)} ${ready}/${desired} replicas ready  ${elapsed()}\n`));
  if (!launched.isNew) return true;
  say(`\n  > ${QUESTION}\n  `);
  await askDemo(platform.openAiBaseUrl, launched.token, say);
  say('\n');
  return true;
}
