// Parsed by whatever Node is there, so it keeps to old syntax and imports nothing.

export const OLDEST_NODE = [20, 19];

/** The Node that runs npm; inside an npm script `process` may already be the pinned one. */
export function outerNodeVersion(env, version) {
  const agent = / node\/v(\S+)/.exec(' ' + (env.npm_config_user_agent || ''));
  return agent ? agent[1] : version.replace(/^v/, '');
}

/** One clear line, or undefined when the version will do. */
export function tooOldLine(version) {
  const parts = version.split('.').map(Number);
  const newEnough = parts[0] > OLDEST_NODE[0] || (parts[0] === OLDEST_NODE[0] && parts[1] >= OLDEST_NODE[1]);
  return newEnough ? undefined : 'Slipway needs Node ' + OLDEST_NODE.join('.') + ' or newer to set itself up; this is ' + version + '.';
}

export function requireNode() {
  const line = tooOldLine(outerNodeVersion(process.env, process.version));
  if (line === undefined) return;
  process.stderr.write(line + '\n');
  process.exit(1);
}
