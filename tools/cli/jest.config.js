import preset from '../../jest.preset.js';

// The compiled tool is started many times over, on machines that are busy with other tests.
export default { ...preset, displayName: 'cli', testTimeout: 60_000 };
