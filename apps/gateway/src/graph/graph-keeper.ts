import type { Logger } from '@slipway/service';
import { setTimeout } from 'node:timers/promises';
import { chooseGraph, type GraphChoice } from './choose-graph.js';
import type { LastGoodGraph } from './last-good-graph.js';
import { SdlOffers } from './sdl-offers.js';
import type { SubgraphSource } from './subgraph-source.js';

/** How often services are asked for their schema while there is no graph at all, in milliseconds. */
const FIRST_GRAPH_INTERVAL_MS = 500;

export type GraphKeeperOptions = {
  readonly subgraphs: readonly SubgraphSource[];
  readonly lastGood: LastGoodGraph | null;
  /** Makes a supergraph the one that answers. */
  readonly take: (supergraph: string) => Promise<void>;
  readonly logger: Logger;
};

/**
 * Sees to it that the newest graph that composes answers, and that the last good one stays while there is none. A graph
 * needs the schema of every service: with a part missing, correct queries would be refused as wrong rather than as early.
 */
export class GraphKeeper {
  readonly #offers: ReadonlyMap<string, SdlOffers>;
  readonly #stopping = new AbortController();
  #polling: Promise<void> = Promise.resolve();
  /** Of what was composed last, whether or not it did. */
  #triedOffers: string | null = null;
  #taken: string | null = null;
  #refusal: string | null = null;
  #troubles: readonly string[] = [];
  #missing: readonly string[];

  constructor(private readonly options: GraphKeeperOptions) {
    this.#missing = options.subgraphs.map(({ name }) => name);
    this.#offers = new Map(options.subgraphs.map(({ name }) => [name, new SdlOffers()]));
    for (const { name, sdl } of options.lastGood?.read() ?? []) this.#offers.get(name)?.remember(sdl);
  }

  get hasGraph(): boolean {
    return this.#taken !== null;
  }

  /** Services whose schema was never heard. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  /** What is not as it should be, one sentence each, without addresses. */
  get troubles(): readonly string[] {
    return this.#troubles;
  }

  /** Asks every service once and takes what comes of it. Never rejects. */
  async round(): Promise<void> {
    const { subgraphs } = this.options;
    const answers = await Promise.all(subgraphs.map(async (source) => ({ name: source.name, ...(await source.askSdl()) })));
    for (const { name, sdls } of answers) this.#offers.get(name)?.note(sdls);
    await this.#compose();
    const silent = answers.filter(({ sdls }) => sdls.length === 0);
    this.#report(
      [...silent.map(({ name }) => `service ${name} does not answer`), ...(this.#refusal === null ? [] : [this.#refusal])],
      Object.fromEntries(silent.map(({ name, failures }) => [name, failures])),
    );
  }

  /** Rounds from now on, `intervalMs` apart, until stopped. */
  poll(intervalMs: number): void {
    const { signal } = this.#stopping;
    const next = async (): Promise<void> => {
      while (!signal.aborted) {
        await setTimeout(this.hasGraph ? intervalMs : Math.min(intervalMs, FIRST_GRAPH_INTERVAL_MS), undefined, { signal, ref: false });
        await this.round();
      }
    };
    this.#polling = next().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  async #compose(): Promise<void> {
    const offers = this.options.subgraphs.map(({ name }) => ({ name, sdls: this.#offers.get(name)?.newestFirst() ?? [] }));
    this.#missing = offers.filter(({ sdls }) => sdls.length === 0).map(({ name }) => name);
    const key = JSON.stringify(offers);
    if (this.#missing.length > 0 || key === this.#triedOffers) return;
    this.#triedOffers = key;
    const choice = chooseGraph(offers);
    this.#refusal = choice.refusal;
    if (choice.supergraph !== null && choice.supergraph !== this.#taken) await this.#take(choice, choice.supergraph);
  }

  async #take({ parts }: GraphChoice, supergraph: string): Promise<void> {
    const { take, lastGood, logger } = this.options;
    try {
      await take(supergraph);
    } catch (error) {
      this.#refusal = `the graph composes but cannot be served: ${error instanceof Error ? error.message : String(error)}`;
      return;
    }
    this.#taken = supergraph;
    lastGood?.write(parts);
    logger.info({ event: 'graph.taken', subgraphs: parts.map(({ name }) => name), sizeChars: supergraph.length }, 'the graph changed');
  }

  /** One line when something begins to be wrong, and one when all is well again. */
  #report(troubles: readonly string[], failures: Readonly<Record<string, readonly string[]>>): void {
    const { logger } = this.options;
    if (troubles.join() === this.#troubles.join()) return;
    this.#troubles = troubles;
    if (troubles.length === 0) logger.info({ event: 'graph.recovered' }, 'every service answers and the newest graph is served');
    else logger.warn({ event: 'graph.degraded', troubles, failures, serving: this.hasGraph }, `graph degraded: ${troubles.join('; ')}`);
  }
}
