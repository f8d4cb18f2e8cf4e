import { standaloneConfig } from './config.js';
import { startControlPlane } from './control-plane/control-plane.js';
import { underSupervision } from './supervisor/child-messages.js';

/** The control plane's process. When it is killed, engines and the proxy go on; the next start takes over. */
underSupervision(async () => {
  const { gatewayUrl, adminTokenCreated, stop } = await startControlPlane(standaloneConfig());
  return { facts: { gatewayUrl, adminTokenCreated }, stop };
});
