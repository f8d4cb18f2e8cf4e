import { MetricsBook, type ScalingState } from '@slipway/domain';
import { StateCache, type EventLog } from '@slipway/event-log';
import { alwaysLeading, whileLeading, type Leadership, type Leases } from '@slipway/leases';
import { hearEngines, hearTraffic, type Signals } from '@slipway/messaging';
import { openSubgraph, troubleReport, type HttpApplication, type Logger, type SubgraphDefinition } from '@slipway/service';
import { ScaleEvaluator } from './evaluation/scale-evaluator.js';
import { autoscalerResolvers } from './graphql/autoscaler.resolvers.js';
import { autoscalerSchema } from './graphql/autoscaler.schema.js';
import { KnownDeployments } from './known-deployments.js';

export type AutoscalerOptions = {
  readonly log: EventLog;
  /** Where proxies tell what they count, and the metrics service what engines told. */
  readonly signals: Pick<Signals, 'subscribe'>;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Which of several instances evaluates; default: there is but this one. */
  readonly leases?: Leases;
  /** Default SCALE_INTERVAL_MS. */
  readonly scaleIntervalMs?: number;
  readonly internalToken?: () => string | null;
};

/** The autoscaler, running. Every instance listens and answers; one evaluates. However long the log is, it starts at once and reads it then. */
export class AutoscalerService {
  private constructor(
    readonly known: KnownDeployments,
    readonly evaluation: Leadership,
    private readonly led: { readonly evaluator: ScaleEvaluator | null },
    private readonly stops: readonly (() => void)[],
  ) {}

  /** Null while another instance evaluates. */
  get evaluator(): ScaleEvaluator | null {
    return this.led.evaluator;
  }

  static async start(options: AutoscalerOptions, http?: HttpApplication): Promise<AutoscalerService> {
    const { log, signals, logger, nowMs, leases = alwaysLeading, internalToken, scaleIntervalMs } = options;
    const book = new MetricsBook();
    const stops = [
      hearTraffic(signals, (report) => void book.takeTraffic(report, nowMs())),
      hearEngines(signals, ({ replicaId, point }) => book.takeEngine(replicaId, point, nowMs())),
    ];
    const known = new KnownDeployments({ log, onFailure: troubleReport(logger, { event: 'autoscaler.log.failed', words: 'deployments cannot be followed in the log' }) });
    const states = new StateCache<ScalingState>();
    const trouble = troubleReport(logger, { event: 'autoscaler.evaluation.failed', words: 'what auto-scaling rules came to cannot be recorded' });
    const onError = (error: unknown, deploymentId: string): void => trouble(error, { deploymentId });
    const led: { evaluator: ScaleEvaluator | null } = { evaluator: null };
    const startEvaluating = async (): Promise<AsyncDisposable> => {
      await known.caughtUp; // what is known in part would be decided wrongly
      const evaluator = new ScaleEvaluator({ log, known, book, states, nowMs, onError, ...(scaleIntervalMs !== undefined && { intervalMs: scaleIntervalMs }) });
      led.evaluator = evaluator;
      return {
        async [Symbol.asyncDispose]() {
          led.evaluator = null;
          await evaluator[Symbol.asyncDispose]();
        },
      };
    };
    const evaluation = whileLeading(leases, 'autoscaler', startEvaluating, {
      onChange: (leading) => logger.info({ event: 'autoscaler.lease', leading }, leading ? 'this instance evaluates auto-scaling rules' : 'this instance does not evaluate auto-scaling rules'),
      onError: troubleReport(logger, { event: 'autoscaler.lease.failed', words: 'the evaluation of auto-scaling rules cannot be taken over' }),
    });
    const resolvers = autoscalerResolvers({ log, known, states, nowMs });
    const definition: SubgraphDefinition = { subgraph: 'autoscaler', typeDefs: autoscalerSchema, resolvers, logger };
    const subgraph = openSubgraph(internalToken === undefined ? definition : { ...definition, internalToken }, http);
    return new AutoscalerService(known, evaluation, led, [() => subgraph.close(), ...stops]);
  }

  async close(): Promise<void> {
    for (const stop of this.stops) stop();
    await this.known.close();
    await this.evaluation[Symbol.asyncDispose]();
  }
}
