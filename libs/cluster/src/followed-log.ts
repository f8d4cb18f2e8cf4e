import { logWithLiveFacts, openEventLogAt, type EventLog, type LiveLog } from '@slipway/event-log';
import type { Bus } from '@slipway/messaging';
import { troubleReport, untilReachable, type ServiceContext } from '@slipway/service/process';
import { feedFacts, readerName } from './fact-feed.js';
import { isLasting } from './lasting-errors.js';
import { tracedLog } from './traced-log.js';

export type LogAndBusUrls = {
  readonly SLIPWAY_LOG_URL: string;
  readonly SLIPWAY_NATS_URL: readonly string[];
};

/** The log itself, waited for. Closed through `opened`. */
export async function openLog(values: Pick<LogAndBusUrls, 'SLIPWAY_LOG_URL'>, context: ServiceContext, opened: AsyncDisposableStack): Promise<EventLog> {
  const { logger, signal, readiness } = context;
  const warned = new Set<string>(); // each attempt to open it finds the same
  const onWarning = (warning: string): void => {
    if (!warned.has(warning)) logger.warn({ event: 'log.warning' }, warning);
    warned.add(warning);
  };
  return opened.use(await untilReachable('log', () => openEventLogAt(values.SLIPWAY_LOG_URL, { onWarning }), { logger, signal, readiness, isLasting }));
}

/** The bus, connected or not: it goes on trying, and says in the log when it is lost and found. Closed through `opened`. */
export async function openBus(values: Pick<LogAndBusUrls, 'SLIPWAY_NATS_URL'>, context: ServiceContext, opened: AsyncDisposableStack): Promise<Bus> {
  const { logger, readiness, instance } = context;
  const { openNatsBus } = await import('@slipway/messaging/nats');
  const onNotice = (notice: string): void => logger.warn({ event: 'bus.notice' }, notice);
  const bus = opened.use(await openNatsBus({ servers: values.SLIPWAY_NATS_URL, name: instance, onNotice }));
  const stopListening = bus.onStatus(({ connected, detail }) => {
    if (connected && detail === null) logger.info({ event: 'bus.connected' }, 'the bus is connected');
    else logger.warn({ event: 'bus.status', connected, detail }, `the bus ${connected ? 'is connected' : 'is not connected'}: ${detail ?? 'no reason known'}`);
  });
  opened.defer(stopListening); // before it is closed, which is no trouble
  // Without the bus a service is slower to hear of things, and works: it stays ready, and says so.
  readiness.add({ name: 'bus', check: () => ({ ready: true, ...detailOf(bus) }) });
  return bus;
}

/** The log, its followers fed by the bus; appends are part of the traces they happen in. */
export async function openFollowedLog(service: string, values: LogAndBusUrls, context: ServiceContext, opened: AsyncDisposableStack): Promise<{ readonly log: LiveLog; readonly bus: Bus }> {
  const { logger, instance } = context;
  const bus = await openBus(values, context, opened);
  const stored = await openLog(values, context, opened);
  const live = opened.use(logWithLiveFacts(tracedLog(stored), { onError: troubleReport(logger, { event: 'log.unreachable', words: 'the log cannot be asked' }) }));
  opened.use(
    feedFacts({ bus, live, durable: readerName(service, instance), onError: troubleReport(logger, { event: 'facts.failed', words: 'facts cannot be read from the bus, the log is read instead' }) }),
  );
  return { log: live, bus };
}

function detailOf(bus: Bus): { readonly detail?: string } {
  const { connected, detail } = bus.status();
  if (connected && detail === null) return {};
  return { detail: `${connected ? 'connected' : 'not connected'}${detail === null ? '' : `: ${detail}`}` };
}
