import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'metrics', globalSetup: '<rootDir>/jest.compile.js' };
