import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { locateNatsServer, startNatsServer, type LocalServer } from '@slipway/local-servers';
import type { Bus } from '../bus.js';
import { waitFor } from '../conformance/wait-for.js';
import { openNatsBus, type NatsBusOptions } from '../nats/nats-bus.js';

const hasServer = locateNatsServer() !== null;

/** Skipped, and saying so, where there is no `nats-server`. */
export const describeWithNats = (title: string, tests: () => void): void =>
  hasServer ? describe(title, tests) : describe.skip(`${title} (there is no nats-server on this machine)`, tests);

/** A NATS server of a test's own, in a temporary folder, and the buses opened on it. */
export class NatsLab implements AsyncDisposable {
  readonly notices: string[] = [];
  readonly #buses: Bus[] = [];

  private constructor(
    readonly server: LocalServer,
    readonly directory: string,
  ) {}

  static async start(): Promise<NatsLab> {
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'slipway-nats-'));
    return new NatsLab(await startNatsServer({ directory }), directory);
  }

  async bus(options: Partial<NatsBusOptions> = {}): Promise<Bus> {
    const bus = await openNatsBus({ servers: this.server.url, name: 'test', onNotice: (line) => this.notices.push(line), ...options });
    this.#buses.push(bus);
    return bus;
  }

  async connectedBus(options: Partial<NatsBusOptions> = {}): Promise<Bus> {
    const bus = await this.bus(options);
    await waitFor('the connection', () => bus.status().connected);
    return bus;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#buses.map((bus) => bus[Symbol.asyncDispose]()));
    await this.server[Symbol.asyncDispose]();
    await fs.rm(this.directory, { recursive: true, force: true });
  }
}
