import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'service', globalSetup: '<rootDir>/jest.compile.js' };
