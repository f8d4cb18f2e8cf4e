import preset from '../../jest.preset.js';

// Real servers are killed and come back in these tests, on machines that do other things as well.
export default { ...preset, displayName: 'messaging', testTimeout: 30_000 };
