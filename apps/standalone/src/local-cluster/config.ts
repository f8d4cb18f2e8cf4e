import { parseArgs } from 'node:util';
import path from 'node:path';
import { z } from 'zod';
import { homeDirectory, processEnvironment, standaloneConfig, type StandaloneConfig } from '../config.js';

export type LocalClusterConfig = StandaloneConfig & {
  /** Of each service. */
  readonly instances: number;
  /** Null: a server is started for it. */
  readonly databaseUrl: string | null;
  readonly natsUrl: string | null;
  /** Null: the log is in Postgres too. */
  readonly logUrl: string | null;
  readonly wantsDemo: boolean;
};

export const CLUSTER_HELP = `Slipway in the shape of a cluster, on this machine: a process per service, with PostgreSQL and NATS.

  npm run cluster [-- options]

  --instances <n>   of each service, 1 to 8 (1)
  --no-demo         do not deploy the bundled model on the first run
  --help            this text

Environment:
  SLIPWAY_DATA_DIR       where everything is kept (.slipway-cluster in the checkout)
  SLIPWAY_MODEL_ROOT     folder of the model folders (models in the data directory)
  SLIPWAY_GATEWAY_PORT   GraphQL (4000); further instances take the ports after it
  SLIPWAY_PROXY_PORT     OpenAI endpoint (8000); further instances take the ports after it
  SLIPWAY_HOST           address these listen on (127.0.0.1)
  SLIPWAY_ADMIN_TOKEN    admin token, instead of a generated one
  SLIPWAY_DATABASE_URL   a PostgreSQL to use instead of starting one
  SLIPWAY_NATS_URL       a NATS with JetStream to use instead of starting one
  SLIPWAY_LOG_URL        the event log (postgres://… or esdb://…); without it, it is in that PostgreSQL
  SLIPWAY_LOG_LEVEL      of the services' log (info)

Servers that are not on this machine are fetched from Debian's packages on the first run.
`;

const INSTANCES_MAX = 8;
const serverUrl = (...schemes: readonly string[]) =>
  z.string().refine((text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)), `must begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
const environment = z.object({
  SLIPWAY_DATABASE_URL: serverUrl('postgres', 'postgresql').optional(),
  SLIPWAY_NATS_URL: serverUrl('nats', 'tls').optional(),
  SLIPWAY_LOG_URL: serverUrl('postgres', 'postgresql', 'esdb').optional(),
});

/** @throws Error with one line that says what does not fit. */
export function localClusterConfig(args: readonly string[], variables: Readonly<Record<string, string | undefined>> = processEnvironment()): LocalClusterConfig | 'help' {
  const { values } = parseArgs({ args: [...args], options: { instances: { type: 'string', default: '1' }, 'no-demo': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) return 'help';
  const instances = Number(values.instances);
  if (!Number.isInteger(instances) || instances < 1 || instances > INSTANCES_MAX) throw new Error(`--instances is a whole number from 1 to ${INSTANCES_MAX}, not ${values.instances}`);
  const parsed = environment.safeParse(variables);
  if (!parsed.success) throw new Error(parsed.error.issues.map(({ path: at, message }) => `${at.join('.')} ${message}`).join('; '));
  const dataDir = path.resolve(homeDirectory, variables['SLIPWAY_DATA_DIR'] ?? '.slipway-cluster');
  return {
    ...standaloneConfig({ ...variables, SLIPWAY_DATA_DIR: dataDir }),
    instances,
    databaseUrl: parsed.data.SLIPWAY_DATABASE_URL ?? null,
    natsUrl: parsed.data.SLIPWAY_NATS_URL ?? null,
    logUrl: parsed.data.SLIPWAY_LOG_URL ?? null,
    wantsDemo: values['no-demo'] !== true,
  };
}
