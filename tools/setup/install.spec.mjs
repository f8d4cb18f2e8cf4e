import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cloneUnderTest } from './clone-under-test.mjs';
import { wantedPackages } from './install-stamp.mjs';

const INSTALL = 'ci --include=dev --include=optional --engine-strict=false --no-audit --no-fund\n';

describe('starting from a clone', () => {
  let clone;
  const given = (options) => (clone = cloneUnderTest(options));
  const npmCalls = () => clone.read('npm-calls');
  afterEach(() => clone.remove());

  it('installs, builds and runs the platform with the options given', async () => {
    given();
    const { code, stdout } = await clone.start(['--no-demo']).ended;
    expect({ code, calls: npmCalls(), built: clone.read('built') }).toEqual({ code: 0, calls: INSTALL, built: 'x' });
    expect(stdout).toContain(`platform ["--no-demo"] ${join(clone.root, 'node_modules/.cache/compiled')}`);
  });

  it('installs once for a lock file, and again when that changes', async () => {
    given();
    await clone.start().ended;
    await clone.start().ended;
    expect(npmCalls()).toBe(INSTALL);
    clone.write('package-lock.json', '{"changed":true}');
    await clone.start().ended;
    expect(npmCalls()).toBe(INSTALL + INSTALL);
  });

  it('installs again on another platform', () => {
    given();
    expect(wantedPackages(clone.root, 'linux-arm64')).not.toBe(wantedPackages(clone.root, 'linux-x64'));
  });

  it('does an interrupted install again', async () => {
    given({ npmScript: 'test -e npm-may-end || { mkdir -p node_modules; kill -KILL $$; }' });
    expect((await clone.start().ended).code).toBe(1);
    clone.write('npm-may-end', '');
    expect((await clone.start().ended).code).toBe(0);
    expect(npmCalls()).toBe(INSTALL + INSTALL);
  });

  it('tells in one line why packages could not be installed, and where npm’s output is', async () => {
    given({ npmScript: 'echo "npm error code ENOTFOUND" >&2; echo "npm error network request to the registry failed" >&2; exit 7' });
    const { code, stderr } = await clone.start().ended;
    expect(code).toBe(1);
    expect(stderr).toBe("Installing packages failed: network request to the registry failed. npm's output is in .setup/install.log.\n");
    expect(clone.read('.setup/install.log')).toContain('ENOTFOUND');
    expect(existsSync(join(clone.root, 'built'))).toBe(false);
  });

  it('gives npm the environment from before npm', async () => {
    given();
    await clone.start([], { npm_lifecycle_event: 'start', npm_config_workspace: 'x', npm_config_user_agent: 'npm/11.19.1 node/v24.21.0' }).ended;
    const inner = clone.read('npm-environment');
    expect(inner).not.toMatch(/npm_/);
    expect(inner).not.toMatch(/^PATH=.*node_modules/m);
  });

  it('lets two at once install only once', async () => {
    given();
    const both = await Promise.all([clone.start().ended, clone.start().ended]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(npmCalls()).toBe(INSTALL);
  });

  it('shows what the compiler says and does not start when the build fails', async () => {
    given();
    clone.write('compiler.js', "console.log('apps/x.ts(1,1): error TS2322: wrong.'); process.exit(1);");
    const { code, stdout, stderr } = await clone.start().ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'apps/x.ts(1,1): error TS2322: wrong.\nThe build failed.\n' });
    expect(stdout).not.toContain('platform');
  });

  it('refuses a Node that is too old before anything else', async () => {
    given();
    const { code, stderr } = await clone.start([], { npm_config_user_agent: 'npm/8.19.4 node/v16.20.2 linux x64' }).ended;
    expect({ code, stderr, calls: npmCalls() }).toEqual({
      code: 1,
      stderr: 'Slipway needs Node 20.19 or newer to set itself up; this is 16.20.2.\n',
      calls: undefined,
    });
  });

  it('passes the platform’s exit code on', async () => {
    given({ platform: 'process.exit(9)' });
    expect((await clone.start().ended).code).toBe(9);
  });

  it('says in one line what keeps it from writing into the clone', async () => {
    given();
    clone.write('.setup', 'where a directory should be');
    const { code, stderr } = await clone.start().ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^Cannot set up in \S+: EEXIST: .*\.\n$/) });
  });
});
