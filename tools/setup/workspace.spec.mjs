import { delimiter, join } from 'node:path';
import { outerEnvironment, pinnedEnvironment, ROOT } from './workspace.mjs';

const path = (...entries) => entries.join(delimiter);

describe('the environment of an inner npm', () => {
  it('has no node_modules on its PATH', () => {
    const env = { PATH: path('/clone/node_modules/.bin', '/node_modules/.bin', '/usr/lib/node_modules/npm/bin/node-gyp-bin', '/usr/local/bin', '', '/usr/bin') };
    expect(outerEnvironment(env).PATH).toBe(path('/usr/local/bin', '/usr/bin'));
  });

  it('has nothing that the outer npm says about itself', () => {
    const env = { npm_lifecycle_event: 'start', npm_config_workspace: 'x', npm_package_name: 'slipway', npm_execpath: '/npm', npm_config_user_agent: 'npm/11' };
    expect(Object.keys(outerEnvironment({ ...env, HOME: '/home/ada' }))).toEqual(['HOME', 'PATH']);
  });

  it('keeps the way to the registry', () => {
    const env = { npm_config_registry: 'https://mirror.test/', NPM_CONFIG_CACHE: '/cache', npm_config_https_proxy: 'http://proxy', 'npm_config_//mirror.test/:_authToken': 't' };
    expect(outerEnvironment(env)).toEqual({ ...env, PATH: '' });
  });
});

describe('the environment of what runs on the pinned Node', () => {
  it('finds the clone’s own programs first and caches compiled code', () => {
    const env = pinnedEnvironment({ PATH: path('/other/node_modules/.bin', '/usr/bin'), SLIPWAY_PROXY_PORT: '8001' });
    expect(env).toEqual({
      PATH: path(join(ROOT, 'node_modules/.bin'), '/usr/bin'),
      SLIPWAY_PROXY_PORT: '8001',
      NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compiled'),
      NX_DAEMON: 'false',
    });
  });
});
