import { readSettings } from '@slipway/service';
import { defaultDoorLimits, defaultQueryLimits, gatewayConfig, gatewaySettings } from './config.js';

const needed = { SLIPWAY_ADMIN_TOKEN: 'an-admin-token-of-this-test', SLIPWAY_MASTER_KEY: 'ab'.repeat(32) };
const valuesOf = (environ: Record<string, string>) => readSettings(gatewaySettings, { environ: { ...needed, ...environ } }).values;

describe('the configuration of the gateway', () => {
  it('listens on loopback, port 4000, with every limit on, unless told otherwise', () => {
    expect(gatewayConfig()).toEqual({ host: '127.0.0.1', port: 4_000, queryLimits: defaultQueryLimits, doorLimits: defaultDoorLimits });
    expect(gatewayConfig({ host: '0.0.0.0', port: 4_001 })).toMatchObject({ host: '0.0.0.0', port: 4_001 });
  });
});

describe('the settings of the gateway', () => {
  it('are complete with an admin token and a master key', () => {
    expect(valuesOf({})).toMatchObject({
      SLIPWAY_GATEWAY_HOST: '127.0.0.1',
      SLIPWAY_GATEWAY_PORT: 4_000,
      SLIPWAY_SUBGRAPHS: [
        { name: 'registry', urls: ['http://127.0.0.1:4101/graphql'] },
        { name: 'orchestrator', urls: ['http://127.0.0.1:4102/graphql'] },
        { name: 'metrics', urls: ['http://127.0.0.1:4103/graphql'] },
        { name: 'autoscaler', urls: ['http://127.0.0.1:4104/graphql'] },
      ],
      SLIPWAY_SUBGRAPH_POLL_MS: 5_000,
      SLIPWAY_GATEWAY_CACHE_DIR: null,
    });
  });

  it('name any number of instances of each service', () => {
    const text = 'registry=http://a:4101/graphql|http://b:4101/graphql, orchestrator = https://c/graphql';
    expect(valuesOf({ SLIPWAY_SUBGRAPHS: text }).SLIPWAY_SUBGRAPHS).toEqual([
      { name: 'registry', urls: ['http://a:4101/graphql', 'http://b:4101/graphql'] },
      { name: 'orchestrator', urls: ['https://c/graphql'] },
    ]);
  });

  it.each(['registry', 'registry=', '=http://a/graphql', 'registry=a:4101', 'registry=ftp://a', 'registry=http://a|', 'a=http://a,a=http://b', 'a=http://a,,b=http://b'])(
    'refuse the services %j and say what they must be',
    (services) => {
      expect(() => valuesOf({ SLIPWAY_SUBGRAPHS: services })).toThrow(/SLIPWAY_SUBGRAPHS .*must be name=url for each service/);
    },
  );

  it.each(['no', '-1', '65536', '1.5'])('refuse the port %j and name it', (port) => {
    expect(() => valuesOf({ SLIPWAY_GATEWAY_PORT: port })).toThrow('SLIPWAY_GATEWAY_PORT');
  });

  it('derive the same internal token from the same master key', () => {
    expect(valuesOf({}).SLIPWAY_INTERNAL_TOKEN).toBe(valuesOf({ SLIPWAY_GATEWAY_PORT: '1' }).SLIPWAY_INTERNAL_TOKEN);
    expect(valuesOf({}).SLIPWAY_INTERNAL_TOKEN).not.toBe(valuesOf({ SLIPWAY_MASTER_KEY: 'cd'.repeat(32) }).SLIPWAY_INTERNAL_TOKEN);
  });
});
