import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export type StandaloneConfig = {
  /** Everything the platform keeps: log, read models, keys, tokens, model folders, engines' output. Absolute. */
  readonly dataDir: string;
  readonly modelRoot: string;
  readonly host: string;
  readonly gatewayPort: number;
  readonly proxyPort: number;
  /** Instead of a generated one. */
  readonly adminToken: string | null;
  readonly logLevel: string;
};

const port = z.coerce.number().int().min(1).max(65_535);
const environment = z.object({
  SLIPWAY_DATA_DIR: z.string().min(1).optional(),
  SLIPWAY_MODEL_ROOT: z.string().min(1).optional(),
  SLIPWAY_HOST: z.string().min(1).default('127.0.0.1'),
  SLIPWAY_GATEWAY_PORT: port.default(4000),
  SLIPWAY_PROXY_PORT: port.default(8000),
  SLIPWAY_ADMIN_TOKEN: z.string().min(1).optional(),
  SLIPWAY_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** The folder of the checkout: three up from `apps/standalone/{src,dist}`. */
export const homeDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** @throws Error with one line that names every variable that does not fit. */
export function standaloneConfig(variables: Readonly<Record<string, string | undefined>> = process.env): StandaloneConfig {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) throw new Error(parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; '));
  const given = parsed.data;
  const dataDir = path.resolve(homeDirectory, given.SLIPWAY_DATA_DIR ?? '.slipway');
  return {
    dataDir,
    modelRoot: path.resolve(homeDirectory, given.SLIPWAY_MODEL_ROOT ?? path.join(dataDir, 'models')),
    host: given.SLIPWAY_HOST,
    gatewayPort: given.SLIPWAY_GATEWAY_PORT,
    proxyPort: given.SLIPWAY_PROXY_PORT,
    adminToken: given.SLIPWAY_ADMIN_TOKEN ?? null,
    logLevel: given.SLIPWAY_LOG_LEVEL,
  };
}

/** What engines may inherit of this process's environment is chosen by the runtime. */
export const processEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;

/** Where things lie in the data directory. */
export const places = (dataDir: string) => ({
  log: path.join(dataDir, 'log.sqlite'),
  registryRows: path.join(dataDir, 'read-models', 'registry.sqlite'),
  orchestratorRows: path.join(dataDir, 'read-models', 'orchestrator.sqlite'),
  secrets: path.join(dataDir, 'secrets'),
  masterKey: path.join(dataDir, 'master-key'),
  controlSocket: path.join(dataDir, 'control.sock'),
  adminToken: path.join(dataDir, 'admin-token'),
  demoToken: path.join(dataDir, 'demo-token'),
  demoLaunchKey: path.join(dataDir, 'demo-launch-key'),
  lock: path.join(dataDir, 'supervisor.lock'),
  serviceLog: path.join(dataDir, 'services.log'),
});
