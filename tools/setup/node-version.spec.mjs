import { outerNodeVersion, tooOldLine } from './node-version.mjs';

describe('the Node that sets Slipway up', () => {
  it.each(['18.20.8', '20.18.3', '14.21.3', '9.0.0'])('is refused in one line when it is %s', (version) => {
    expect(tooOldLine(version)).toBe(`Slipway needs Node 20.19 or newer to set itself up; this is ${version}.`);
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '24.21.0', '100.0.0'])('will do when it is %s', (version) => {
    expect(tooOldLine(version)).toBeUndefined();
  });

  it('is the one that runs npm, even where the pinned one runs the script', () => {
    expect(outerNodeVersion({ npm_config_user_agent: 'npm/10.8.2 node/v18.20.8 linux x64 workspaces/false' }, 'v24.21.0')).toBe('18.20.8');
    expect(outerNodeVersion({}, 'v24.21.0')).toBe('24.21.0');
  });
});
