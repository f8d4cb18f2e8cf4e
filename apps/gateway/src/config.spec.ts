import { defaultDoorLimits, defaultQueryLimits, gatewayConfig } from './config.js';

describe('the configuration of the gateway', () => {
  it('listens on loopback, port 4000, with every limit on, unless told otherwise', () => {
    expect(gatewayConfig({})).toEqual({ host: '127.0.0.1', port: 4_000, queryLimits: defaultQueryLimits, doorLimits: defaultDoorLimits });
    expect(gatewayConfig({ SLIPWAY_GATEWAY_HOST: '', SLIPWAY_GATEWAY_PORT: '' })).toEqual(gatewayConfig({}));
    expect(gatewayConfig({ SLIPWAY_GATEWAY_HOST: '0.0.0.0', SLIPWAY_GATEWAY_PORT: '4001', PATH: '/bin' })).toMatchObject({ host: '0.0.0.0', port: 4_001 });
  });

  it.each(['no', '-1', '65536', '1.5'])('refuses the port %j in one line that names the variable', (port) => {
    expect(() => gatewayConfig({ SLIPWAY_GATEWAY_PORT: port })).toThrow(/^SLIPWAY_GATEWAY_PORT: [^\n]+$/);
  });
});
