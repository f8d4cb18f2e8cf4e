import type { LiveLog, Snapshots } from '@slipway/event-log';
import type { OpenReadModels } from '@slipway/event-log/read-models';
import { openPostgresProjections } from '@slipway/event-log/postgres-projections';
import { openPostgresSnapshots } from '@slipway/event-log/postgres';
import type { Leases } from '@slipway/leases';
import { postgresLeases } from '@slipway/leases/postgres';
import { TrafficTotals } from '@slipway/domain';
import { hearTraffic, ProxyFleet } from '@slipway/messaging';
import type { SecretStore } from '@slipway/service';
import { answersCheck, untilReachable, type ServiceContext } from '@slipway/service/process';
import { postgresSecretStore } from '@slipway/service/postgres-secrets';
import { openFollowedLog, type LogAndBusUrls } from './followed-log.js';
import { isLasting, withAdvice } from './lasting-errors.js';
import { hearProxies } from './proxy-reports.js';

export type ControlValues = LogAndBusUrls & {
  readonly SLIPWAY_DATABASE_URL: string;
  readonly SLIPWAY_MASTER_KEY: Buffer;
};

/** What a service of the control plane works with. */
export type ControlParts = {
  readonly log: LiveLog;
  readonly leases: Leases;
  readonly openReadModels: OpenReadModels;
  readonly snapshots: Snapshots;
  readonly secrets: SecretStore;
  readonly proxies: ProxyFleet;
  readonly served: TrafficTotals;
};

/** Opens them, each waited for as long as it takes. Closed again through `opened`, in reverse. */
export async function openControlParts(service: string, values: ControlValues, context: ServiceContext, opened: AsyncDisposableStack): Promise<ControlParts> {
  const { logger, signal, readiness } = context;
  const url = values.SLIPWAY_DATABASE_URL;
  const reach = <T>(open: () => Promise<T>): Promise<T> => untilReachable('database', () => open().catch(withAdvice), { logger, signal, readiness, isLasting });
  const leases = opened.use(postgresLeases({ url }));
  const snapshots = opened.use(await reach(() => openPostgresSnapshots({ url })));
  const secrets = opened.use(await reach(() => postgresSecretStore({ url, masterKey: values.SLIPWAY_MASTER_KEY })));
  const { log, bus } = await openFollowedLog(service, values, context, opened);
  readiness.add(answersCheck('log', () => log.head()));
  const proxies = new ProxyFleet(Date.now, () => bus.status().connected);
  opened.defer(hearProxies(bus.signals, proxies));
  const served = new TrafficTotals();
  opened.defer(hearTraffic(bus.signals, (report) => served.take(report)));
  const openReadModels: OpenReadModels = async (tables) => {
    const models = await reach(() => openPostgresProjections({ url, schema: `slipway_${service}`, tables }));
    readiness.add(answersCheck('database', () => models.dataSource.query('SELECT 1')));
    return models;
  };
  return { log, leases, snapshots, secrets, proxies, served, openReadModels };
}
