import { observeLease, openBus, openLog, relaySourceOf } from '@slipway/cluster';
import { whileLeading } from '@slipway/leases';
import { postgresLeases } from '@slipway/leases/postgres';
import { startRelay, type Relay } from '@slipway/messaging/relay';
import { platformNames, observeGauge, runServiceProcess, troubleReport } from '@slipway/service/process';
import { processEnvironment, relaySettings } from './config.js';

await runServiceProcess({
  name: 'relay',
  summary: 'publishes every event of the log to NATS, one instance at a time',
  settings: relaySettings,
  environ: processEnvironment(),
  alsoKnown: platformNames,
  async start(values, context) {
    await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
    const { logger, readiness } = context;
    const log = await openLog(values, context, opened);
    const bus = await openBus(values, context, opened);
    const leases = opened.use(postgresLeases({ url: values.SLIPWAY_DATABASE_URL }));
    let relay: Relay | null = null;
    const onNotice = (line: string): void => {
      const { connected, detail } = bus.status();
      const isSaid = !connected && detail !== null && line.includes(detail); // by the bus itself
      logger[isSaid ? 'info' : 'warn']({ event: 'relay.notice' }, line);
    };
    const start = async (): Promise<AsyncDisposable> => {
      const running = startRelay({ source: relaySourceOf(log), bus, onNotice });
      relay = running;
      return {
        async [Symbol.asyncDispose]() {
          relay = null;
          await running[Symbol.asyncDispose]();
        },
      };
    };
    const leadership = opened.use(
      whileLeading(leases, 'relay', start, {
        force: values.SLIPWAY_FORCE_LEAD === 'on',
        onChange: (leading) => logger.info({ event: 'relay.lease', leading }, leading ? 'this instance relays' : 'this instance does not relay'),
        onError: troubleReport(logger, { event: 'relay.lease.failed', words: 'the lease cannot be reached' }),
      }),
    );
    opened.defer(observeLease('relay', leadership));
    // An instance that stands by is as ready as one that relays; without the bus neither could do anything.
    readiness.add({ name: 'relay', check: () => ({ ready: bus.status().connected, detail: stateOf(relay) }) });
    opened.defer(observeGauge('slipway.relay.position', 'Log position up to which facts are on the bus', '{event}', () => (relay === null ? [] : [{ value: relay.health().position }])));
    opened.defer(observeGauge('slipway.relay.lag', 'Events read and not yet on the bus', '{event}', () => (relay === null ? [] : [{ value: relay.health().waitingCount }])));
    const running = opened.move();
    return { close: () => running.disposeAsync() };
  },
});

function stateOf(relay: Relay | null): string {
  if (relay === null) return 'stands by';
  const { position, waitingCount, error } = relay.health();
  return `relays: position ${position}, ${waitingCount} waiting${error === null ? '' : `: ${error}`}`;
}
