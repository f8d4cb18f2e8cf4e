import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Pool } from 'pg';
import { HeldLease, type LeaseTiming } from './held-lease.js';
import { LeaseBell } from './lease-bell.js';
import { LeaseTable } from './lease-table.js';
import type { HoldOptions, Lease, Leases } from './lease.js';

/** How long a holder that died keeps its lease: with the pace of trying, the longest gap is 3.5 s. */
export const LEASE_TTL_MS = 3_000;
export const LEASE_RENEW_EVERY_MS = 1_000;
/** A holder stops believing in its lease so long before others may have it. */
export const LEASE_MARGIN_MS = 1_000;
export const LEASE_TRY_EVERY_MS = 500;
/** Of one question to the database, and of reaching it; less than what is left after one failed renewal. */
export const LEASE_STATEMENT_TIMEOUT_MS = 750;
export const LEASE_CONNECTIONS_MAX = 2;

export type PostgresLeasesOptions = {
  /** `postgres://…`. It keeps connections of its own, so that no other work delays a renewal. */
  readonly url: string;
  /** Default `slipway_leases`; made when missing. */
  readonly schema?: string;
  readonly ttlMs?: number;
  readonly renewEveryMs?: number;
  readonly marginMs?: number;
  readonly tryEveryMs?: number;
  /** Default LEASE_STATEMENT_TIMEOUT_MS. */
  readonly statementTimeoutMs?: number;
};

/**
 * Leases as rows in PostgreSQL. Only the database's clock says when one has expired. A step of that clock forwards by
 * more than `marginMs` can give a name two holders for the rest of the first one's time: epochs tell them apart.
 */
export function postgresLeases(options: PostgresLeasesOptions): Leases {
  return new PostgresLeases(options);
}

class PostgresLeases implements Leases {
  readonly #pool: Pool;
  readonly #table: LeaseTable;
  readonly #bell: LeaseBell;
  readonly #timing: LeaseTiming;
  readonly #tryEveryMs: number;
  readonly #closing = new AbortController();
  readonly #held = new Set<Lease>();
  readonly #competing = new Set<Promise<unknown>>();

  constructor(options: PostgresLeasesOptions) {
    const { url, schema = 'slipway_leases', ttlMs = LEASE_TTL_MS, renewEveryMs = LEASE_RENEW_EVERY_MS, statementTimeoutMs = LEASE_STATEMENT_TIMEOUT_MS } = options;
    const connection = {
      connectionString: url,
      application_name: 'slipway-leases',
      connectionTimeoutMillis: statementTimeoutMs,
      keepAlive: true,
    };
    const timeouts = { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs };
    this.#pool = new Pool({ ...connection, ...timeouts, max: LEASE_CONNECTIONS_MAX });
    this.#pool.on('error', () => undefined); // an idle connection was cut: the next question opens another
    this.#table = new LeaseTable(this.#pool, schema);
    this.#bell = new LeaseBell(connection);
    this.#timing = { ttlMs, renewEveryMs, marginMs: options.marginMs ?? Math.min(LEASE_MARGIN_MS, ttlMs / 3) };
    this.#tryEveryMs = options.tryEveryMs ?? LEASE_TRY_EVERY_MS;
  }

  async hold(name: string, options: HoldOptions): Promise<Lease | null> {
    const competing = this.#compete(name, options);
    this.#competing.add(competing);
    try {
      return await competing;
    } finally {
      this.#competing.delete(competing);
    }
  }

  /** What is won, or given up, while this is being closed is given back before the connections end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#competing);
    await Promise.all([...this.#held].map((lease) => lease.release()));
    await this.#table.settled();
    await this.#bell[Symbol.asyncDispose]();
    await this.#pool.end();
  }

  async #compete(name: string, { signal, onError }: HoldOptions): Promise<Lease | null> {
    const holder = `${hostname()}/${process.pid}/${randomUUID()}`;
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    let isFailing = false;
    while (!ended.aborted) {
      try {
        const askedAtMs = performance.now();
        const epoch = await this.#table.take(name, holder, this.#timing.ttlMs);
        isFailing = false;
        if (epoch !== null) return await this.#won({ name, holder, epoch, askedAtMs }, ended, onError);
      } catch (error) {
        if (!isFailing && !ended.aborted) onError?.(error);
        isFailing = true;
      }
      await this.#bell.wait(this.#table.payload(name), this.#tryEveryMs, ended);
    }
    return null;
  }

  async #won(place: ConstructorParameters<typeof HeldLease>[1], ended: AbortSignal, onError: HoldOptions['onError']): Promise<Lease | null> {
    const lease = new HeldLease(this.#table, place, this.#timing, (error) => onError?.(error));
    if (ended.aborted) {
      await lease.release();
      return null;
    }
    this.#held.add(lease);
    lease.signal.addEventListener('abort', () => this.#held.delete(lease), { once: true });
    if (!lease.held) this.#held.delete(lease);
    return lease;
  }
}
