import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'engine', globalSetup: '<rootDir>/jest.compile.js' };
