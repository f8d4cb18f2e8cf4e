import { clusterSettings, defineSettings, onOrOff } from '@slipway/service/process';

/** The relay needs neither master key nor token. */
export const relaySettings = defineSettings({
  SLIPWAY_LOG_URL: clusterSettings.SLIPWAY_LOG_URL,
  SLIPWAY_NATS_URL: clusterSettings.SLIPWAY_NATS_URL,
  SLIPWAY_DATABASE_URL: clusterSettings.SLIPWAY_DATABASE_URL,
  SLIPWAY_FORCE_LEAD: { ...onOrOff, default: 'off', describe: 'Fault injection: relays whoever holds the lease, to show that two relays do no harm' },
});

export const processEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
