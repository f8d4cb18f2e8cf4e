import type { RevisionSpec } from '@slipway/domain';
import type { EngineCommand } from '../engine-command.js';
import type { Placement } from '../replica-runtime.js';

/** What a revision does not say: where this replica runs and what this machine has. */
export type EngineContext = {
  readonly deploymentName: string;
  readonly domain: string;
  readonly replicaId: string;
  readonly placement: Placement;
  /** Absolute path of the resolved model folder. */
  readonly modelFolder: string;
  /** Absolute path of the built-in engine's `main.js`. */
  readonly engineEntry: string;
  /** Absolute path of the Node the built-in engine runs on. */
  readonly nodePath: string;
  /** What the proxy will present to the engine; null: the engine is open to this machine. Travels by environment only. */
  readonly apiKey: string | null;
  /** The revision's `environ` with secret references replaced by their values. */
  readonly resolvedEnviron: Readonly<Record<string, string>>;
  /** What engines get of the platform's own environment: see `inheritedEnviron`. */
  readonly baseEnviron: Readonly<Record<string, string>>;
};

/** Finding programs, libraries, devices, caches and certificates; nothing of the platform's own configuration. */
const INHERITED_VARIABLES = [
  ...['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'XDG_CACHE_HOME'],
  ...['CUDA_VISIBLE_DEVICES', 'CUDA_HOME', 'NVIDIA_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES'],
  ...['HF_HOME', 'HF_HUB_OFFLINE', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'],
];

export function inheritedEnviron(environ: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(INHERITED_VARIABLES.flatMap((name) => (environ[name] === undefined ? [] : [[name, environ[name]]])));
}

/** Values under such names are masked even when they were given in the open. */
const SECRET_NAME = /(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;

/** Base, then the revision's own variables, then ours, which always win. */
export function engineEnviron(
  spec: RevisionSpec,
  context: EngineContext,
  own: Readonly<Record<string, string>> = {},
): Pick<EngineCommand, 'environ' | 'secretEnviron'> {
  const { port } = context.placement;
  const environ = { ...context.baseEnviron, ...context.resolvedEnviron, PORT: String(port), SLIPWAY_PORT: String(port), ...own };
  const declared = spec.modelRuntimeConfig.environ;
  const secretEnviron = Object.keys(environ).filter((name) => typeof declared[name] === 'object' || SECRET_NAME.test(name));
  return { environ, secretEnviron };
}

/** Every text an engine is told that nobody else may read: what its output must be masked by. */
export function engineSecrets(spec: RevisionSpec, { baseEnviron, resolvedEnviron, apiKey }: Pick<EngineContext, 'baseEnviron' | 'resolvedEnviron' | 'apiKey'>): readonly string[] {
  const declared = spec.modelRuntimeConfig.environ;
  const given = Object.entries({ ...baseEnviron, ...resolvedEnviron });
  const named = given.flatMap(([name, value]) => (typeof declared[name] === 'object' || SECRET_NAME.test(name) ? [value] : []));
  const passwords = given.flatMap(([, value]) => passwordOf(value)); // of a proxy, say
  return [...named, ...passwords, ...(apiKey === null ? [] : [apiKey])];
}

function passwordOf(value: string): readonly string[] {
  const [, password] = /^[a-z][a-z0-9+.-]*:\/\/[^:@/]*:([^@/]+)@/i.exec(value) ?? [];
  return password === undefined ? [] : [password];
}

/** The variable by which our own engine, and any custom one that cares, is told the key it has to ask for. */
export const ENGINE_KEY_VARIABLE = 'SLIPWAY_ENGINE_API_KEY';

/** A client may name the model by the deployment's name, with or without its domain. */
export function servedNames({ deploymentName, domain }: EngineContext): readonly string[] {
  return [deploymentName, `${domain}/${deploymentName}`];
}
