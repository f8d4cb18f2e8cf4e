import { join, resolve } from 'node:path';
import { z } from 'zod';

export type ProxyConfig = {
  readonly host: string;
  readonly port: number;
  readonly logFile: string;
  readonly masterKeyFile: string;
  readonly controlSocket: string;
  /** The token that may read `/metrics`; null: programs on this machine only. */
  readonly metricsToken: string | null;
  /** `http1` is our own; `node` is node:http and undici, at twice the CPU, should ever a client or engine not get on with ours. */
  readonly engine: 'http1' | 'node';
};

const PORT_MAX = 65_535;
const METRICS_TOKEN_CHARS_MIN = 16;

const environment = z.object({
  SLIPWAY_DATA_DIR: z.string().min(1).default('.slipway'),
  SLIPWAY_PROXY_HOST: z.string().min(1).default('127.0.0.1'),
  SLIPWAY_PROXY_PORT: z.coerce.number().int().min(0).max(PORT_MAX).default(8_000),
  SLIPWAY_PROXY_METRICS_TOKEN: z.string().min(METRICS_TOKEN_CHARS_MIN).optional(),
  SLIPWAY_PROXY_ENGINE: z.enum(['http1', 'node']).default('http1'),
  SLIPWAY_CONTROL_SOCKET: z.string().min(1).optional(),
});

/** @throws Error naming every variable that does not fit. */
export function proxyConfig(variables: Readonly<Record<string, string | undefined>> = process.env): ProxyConfig {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  const { SLIPWAY_DATA_DIR, SLIPWAY_PROXY_HOST, SLIPWAY_PROXY_PORT, SLIPWAY_PROXY_METRICS_TOKEN } = parsed.data;
  const dataDir = resolve(SLIPWAY_DATA_DIR);
  return {
    host: SLIPWAY_PROXY_HOST,
    port: SLIPWAY_PROXY_PORT,
    logFile: join(dataDir, 'log.sqlite'),
    masterKeyFile: join(dataDir, 'master-key'),
    controlSocket: parsed.data.SLIPWAY_CONTROL_SOCKET ?? join(dataDir, 'control.sock'),
    metricsToken: SLIPWAY_PROXY_METRICS_TOKEN ?? null,
    engine: parsed.data.SLIPWAY_PROXY_ENGINE,
  };
}

export const processEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
