export { startControlPlane, type ControlPlane } from './control-plane/control-plane.js';
export { places, standaloneConfig, type StandaloneConfig } from './config.js';
