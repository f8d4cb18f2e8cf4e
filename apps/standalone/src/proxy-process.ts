import { startProxyOnLog, proxyConfig, jsonLinesLog } from '@slipway/proxy';
import { underSupervision } from './supervisor/child-messages.js';

/** The data plane's process: it goes on serving whatever happens to the control plane. */
underSupervision(async () => {
  const config = proxyConfig();
  const proxy = await startProxyOnLog(config, jsonLinesLog((line) => process.stdout.write(line)));
  return { facts: { url: `http://${config.host}:${config.port}` }, stop: async () => void (await proxy.stop()) };
});
