import { setTimeout as pause } from 'node:timers/promises';
import { KnownReplicas } from './known-replicas.js';
import { ReplicaKeeper } from './replica-keeper.js';
import type { ReplicaPorts } from './replica-ports.js';
import { replicaRecords } from './replica-records.js';

/** Everything is looked at again this often, whatever was missed. */
export const RESYNC_MS = 10_000;
/** After a step failed (a full disk, say) it is tried again after this, doubled up to the maximum. */
const RETRY_MS = 500;
const RETRY_MS_MAX = 15_000;

type Kept = { readonly keeper: ReplicaKeeper; busy: boolean; again: boolean; timer: NodeJS.Timeout | null; failures: number };

/**
 * Makes replicas so. Level-triggered: events, exits, health, proxies' reports and a slow clock all only say "look again";
 * what is done follows from the log and from what runs. Engines that nobody wants are stopped.
 */
export class ReplicaActuator {
  readonly #known = new KnownReplicas();
  readonly #kept = new Map<string, Kept>();
  readonly #closing = new AbortController();
  readonly #record: ReturnType<typeof replicaRecords>;
  readonly #stops: (() => void)[] = [];
  #following: Promise<void> = Promise.resolve();
  #steps = new Set<Promise<void>>();

  constructor(private readonly ports: ReplicaPorts) {
    this.#record = replicaRecords(ports.log, ports.nowMs);
  }

  /** Takes over what runs, then follows the log. Resolves when every replica the log tells of is being looked after. */
  async start(): Promise<void> {
    const { log, runtime, drains } = this.ports;
    const position = await this.#known.load(log);
    this.#stops.push(runtime.watch((observation) => this.#exited(observation.replicaId, observation)));
    this.#stops.push(drains.onChange(() => this.#lookAtDraining()));
    await this.#stopStrays();
    for (const { replicaId } of this.#known.living()) this.#look(replicaId);
    this.#following = this.#follow(position);
    const resync = setInterval(() => void this.#resync(), RESYNC_MS);
    this.#stops.push(() => clearInterval(resync));
  }

  /** Lets go; engines keep running. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const stop of this.#stops) stop();
    for (const kept of this.#kept.values()) {
      if (kept.timer !== null) clearTimeout(kept.timer);
      kept.keeper.release();
    }
    await this.#following;
    await Promise.allSettled(this.#steps);
  }

  /** Until closed: when the log cannot be read for a while, it goes on after the last event it took. */
  async #follow(after: number): Promise<void> {
    const { signal } = this.#closing;
    let position = after;
    let failures = 0;
    while (!signal.aborted) {
      try {
        for await (const message of this.ports.log.follow({ after: position, filter: KnownReplicas.filter, signal })) {
          if (!('event' in message)) continue;
          this.#look(this.#known.take(message.event));
          position = message.event.position;
          failures = 0;
        }
        return; // closed, or the log was
      } catch (error) {
        this.#failed('log', error);
        await pause(Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** failures++), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #lookAtDraining(): void {
    for (const { replicaId, state } of this.#known.living()) if (state.phase === 'draining') this.#look(replicaId);
  }

  async #resync(): Promise<void> {
    await this.#stopStrays().catch((error: unknown) => this.#failed('strays', error));
    for (const { replicaId } of this.#known.living()) this.#look(replicaId);
  }

  /** Every launch is recorded before it happens, so an engine the log does not want is left over from something that ended. */
  async #stopStrays(): Promise<void> {
    for (const { replicaId } of await this.ports.runtime.list()) {
      if (this.#known.isWanted(replicaId)) continue;
      this.ports.logger.warn({ event: 'replica.stray', replicaId }, 'an engine that nobody wants is stopped');
      await this.ports.runtime.stop(replicaId, { graceMs: 0 });
    }
  }

  #exited(replicaId: string, observation: Parameters<ReplicaKeeper['exited']>[0]): void {
    const known = this.#known.get(replicaId);
    if (known === null) return;
    const { keeper } = this.#keptOf(replicaId);
    this.#during(keeper.exited(observation, known).catch((error: unknown) => this.#failed(replicaId, error)));
  }

  /** One step at a time per replica; a call during a step makes one more look afterwards. */
  #look(replicaId: string): void {
    if (this.#closing.signal.aborted) return;
    const known = this.#known.get(replicaId);
    if (known === null) {
      this.#forget(replicaId);
      return;
    }
    const kept = this.#keptOf(replicaId);
    if (kept.timer !== null) clearTimeout(kept.timer);
    kept.timer = null;
    if (kept.busy) {
      kept.again = true;
      return;
    }
    kept.busy = true;
    kept.again = false;
    this.#during(this.#step(replicaId, kept, () => kept.keeper.step(known)));
  }

  async #step(replicaId: string, kept: Kept, step: () => Promise<number | null>): Promise<void> {
    let lookInMs: number | null;
    try {
      lookInMs = await step();
      kept.failures = 0;
    } catch (error) {
      this.#failed(replicaId, error);
      lookInMs = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** kept.failures++);
    }
    kept.busy = false;
    if (this.#closing.signal.aborted) return;
    if (kept.again) this.#look(replicaId);
    else if (lookInMs !== null) kept.timer = setTimeout(() => this.#look(replicaId), lookInMs);
  }

  #keptOf(replicaId: string): Kept {
    const known = this.#kept.get(replicaId);
    if (known !== undefined) return known;
    const keeper = new ReplicaKeeper(replicaId, this.ports, this.#record);
    const kept: Kept = { keeper, busy: false, again: false, timer: null, failures: 0 };
    this.#kept.set(replicaId, kept);
    return kept;
  }

  /** Over: a replica that was given up may still have something running. */
  #forget(replicaId: string): void {
    const kept = this.#kept.get(replicaId);
    if (kept === undefined) return;
    if (kept.timer !== null) clearTimeout(kept.timer);
    kept.keeper.release();
    this.#kept.delete(replicaId);
    this.#during(this.ports.runtime.stop(replicaId, { graceMs: 0 }).catch((error: unknown) => this.#failed(replicaId, error)));
  }

  #during(work: Promise<void>): void {
    this.#steps.add(work);
    void work.finally(() => this.#steps.delete(work));
  }

  #failed(replicaId: string, error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.ports.logger.error({ event: 'replica.step.failed', replicaId, err: error }, 'a step failed and is tried again');
  }
}
