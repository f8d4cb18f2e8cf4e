import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** What setting up keeps outside node_modules: the lock and npm's output. */
export const SETUP_DIRECTORY = join(ROOT, '.setup');

const BINARIES = join(ROOT, 'node_modules', '.bin');

/** A reason to stop that a person can act on: printed as one line, without a stack. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

// The settings that lead to a registry stay; what an outer `npm start` says about itself goes.
const REGISTRY_SETTING =
  /^npm_config_(registry|cache|userconfig|globalconfig|cafile|ca|cert|key|proxy|https?_proxy|noproxy|strict_ssl|offline|prefer_offline|fetch_.*|maxsockets|\/\/.*|@.*)$/i;

/**
 * The environment as it was before npm put its own into it. An inner npm must not run on the Node inside the node_modules it is about to
 * delete, nor take the options of the outer command for its own.
 */
export function outerEnvironment(env) {
  const kept = Object.entries(env).filter(([name]) => !/^npm_/i.test(name) || REGISTRY_SETTING.test(name));
  return { ...Object.fromEntries(kept), PATH: outerPath(env.PATH ?? '') };
}

/** The environment of everything that runs on the pinned Node. */
export function pinnedEnvironment(env) {
  return {
    ...outerEnvironment(env),
    PATH: [BINARIES, outerPath(env.PATH ?? '')].filter(Boolean).join(delimiter),
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(ROOT, 'node_modules', '.cache', 'compiled'),
    NX_DAEMON: 'false',
  };
}

function outerPath(path) {
  return path
    .split(delimiter)
    .filter((entry) => entry !== '' && !entry.split(/[\\/]/).includes('node_modules'))
    .join(delimiter);
}
