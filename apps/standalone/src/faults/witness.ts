import { randomUUID } from 'node:crypto';
import type { EventLogReader } from '@slipway/event-log';
import type { GraphClient } from '../demo/graph-client.js';

/** After a gateway refused or broke off, the next one is asked after this. */
const ASK_AGAIN_MS = 100;

export type Testimony = {
  /** Changes that were answered for. */
  readonly acknowledged: number;
  /** Of these, not in the log. */
  readonly lost: number;
  /** In the log more than once. */
  readonly doubled: number;
};

/**
 * Makes one access token after the other, each under its own idempotency key, and asks again under the same key until it
 * is answered: so each is to be in the log exactly once, whatever was killed meanwhile.
 */
export class Witness {
  readonly #acknowledged: string[] = [];
  readonly #keys = new Set<string>();
  readonly #running: Promise<void>;
  #stopped = false;

  constructor(
    private readonly deploymentId: string,
    private readonly gateways: readonly GraphClient[],
  ) {
    this.#running = this.#run();
  }

  get acknowledged(): number {
    return this.#acknowledged.length;
  }

  /** Ends after the token under way was answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async compareWith(log: EventLogReader): Promise<Testimony> {
    const times = new Map<string, number>();
    for await (const event of log.readAll({ filter: { types: ['AccessTokenCreated'] } })) {
      const { tokenId, name } = event.data as { readonly tokenId: string; readonly name: string | null };
      if (name !== null && this.#keys.has(name)) times.set(tokenId, (times.get(tokenId) ?? 0) + 1);
    }
    return {
      acknowledged: this.#acknowledged.length,
      lost: this.#acknowledged.filter((tokenId) => !times.has(tokenId)).length,
      doubled: [...times.values()].filter((count) => count > 1).length + Math.max(0, times.size - this.#keys.size),
    };
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      const key = `witness-${randomUUID()}`;
      this.#keys.add(key);
      this.#acknowledged.push(await this.#insist(key, turn));
    }
  }

  async #insist(key: string, turn: number): Promise<string> {
    const variables = { input: { deploymentId: this.deploymentId, name: key } };
    for (let attempt = turn; ; attempt++) {
      try {
        const gateway = this.gateways[attempt % this.gateways.length] as GraphClient;
        const made = await gateway.ask<{ createAccessToken: { accessToken: { id: string } } }>(CREATE, variables, key);
        return made.createAccessToken.accessToken.id;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    }
  }
}

const CREATE = 'mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { accessToken { id } } }';
