import { readFileSync } from 'node:fs';
import { GraphClient } from '../demo/graph-client.js';
import { waitUntil, type PlatformLab } from './platform-lab.js';
import type { ServiceName } from './lone-service.js';

/** How long another instance may take to take over, on a machine with much else to do. */
const TAKEOVER_LIMIT_MS = 180_000;

export type Instance = { readonly name: string; readonly pid: number; readonly healthUrl: string };
export type Answered = { readonly status: number; readonly text: string };
type Two<T> = readonly [T, T];

/** A cluster started with `--instances 2`, seen instance by instance. */
export class TwoInstances {
  constructor(private readonly lab: PlatformLab) {}

  /** One at each gateway. */
  get graphs(): Two<GraphClient> {
    const at = (port: number): GraphClient => new GraphClient(`http://127.0.0.1:${port}/graphql`, this.lab.adminToken);
    return [at(this.lab.gatewayPort), at(this.lab.gatewayPort + 1)];
  }

  /** Of each proxy. */
  get baseUrls(): Two<string> {
    const at = (port: number): string => `http://127.0.0.1:${port}/v1`;
    return [at(this.lab.proxyPort), at(this.lab.proxyPort + 1)];
  }

  /** Those that run, by name. */
  instances(service: ServiceName): readonly Instance[] {
    return this.lab
      .pidsOf(`${service}/dist/main.js`)
      .map(instanceOf)
      .filter((instance) => instance !== null)
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  instance(name: string): Instance {
    const found = this.instances(name.split('-')[0] as ServiceName).find((instance) => instance.name === name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  }

  /** The instance that says it holds the lease; undefined while none does. */
  async leaderOf(service: ServiceName): Promise<Instance | undefined> {
    const instances = this.instances(service);
    const leading = await Promise.all(instances.map(async ({ healthUrl }) => new RegExp(`^slipway_lease_leading\\w*\\{.*lease="${service}".*\\} 1$`, 'm').test(await textOf(`${healthUrl}/metrics`))));
    return instances.find((_, index) => leading[index]);
  }

  async leader(service: ServiceName): Promise<Instance> {
    return this.#leaderOtherThan(service, null);
  }

  /** Waits until an instance other than this process leads; with the time it took in milliseconds. */
  async takeoverFrom(service: ServiceName, former: Instance): Promise<{ readonly leader: Instance; readonly ms: number }> {
    const startedMs = performance.now();
    const leader = await this.#leaderOtherThan(service, former);
    return { leader, ms: Math.round(performance.now() - startedMs) };
  }

  async #leaderOtherThan(service: ServiceName, former: Instance | null): Promise<Instance> {
    let leader: Instance | undefined;
    const isFound = async (): Promise<boolean> => {
      leader = await this.leaderOf(service);
      return leader !== undefined && leader.pid !== former?.pid;
    };
    await waitUntil(isFound, TAKEOVER_LIMIT_MS, () => `no instance of ${service} leads: ${this.lab.serviceLog()}`);
    if (leader === undefined) throw new Error('nobody leads');
    return leader;
  }
}

/** A whole answer of a model, asked at one proxy. */
export async function chat(baseUrl: string, token: string, model: string): Promise<Answered> {
  const answer = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 4, messages: [{ role: 'user', content: 'Tell me a story' }] }),
  });
  return { status: answer.status, text: await answer.text() };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function instanceOf(pid: number): Instance | null {
  try {
    const environ = new Map(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]));
    return { pid, name: environ.get('SLIPWAY_INSTANCE') ?? '', healthUrl: `http://127.0.0.1:${environ.get('SLIPWAY_HEALTH_PORT')}` };
  } catch {
    return null; // it ended while it was looked at
  }
}

const textOf = (url: string): Promise<string> => fetch(url).then((answer) => answer.text(), () => '');
