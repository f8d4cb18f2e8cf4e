import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type EngineHealth = AsyncDisposable & {
  readonly port: number;
  /** What `/health/<replicaId>` answers: a status, or `hang` for no answer at all. Well (200) unless said otherwise. */
  readonly answers: Map<string, number | 'hang'>;
  /** The answer of replicas that are not in `answers`. */
  everyone: number | 'hang';
  /** How often each replica was asked. */
  readonly asked: Map<string, number>;
};

/** One real HTTP server that stands for the health endpoints of all engines. */
export async function openEngineHealth(): Promise<EngineHealth> {
  const server = createServer((request, response) => {
    const replicaId = request.url?.split('/').at(-1) ?? '';
    health.asked.set(replicaId, (health.asked.get(replicaId) ?? 0) + 1);
    const answer = health.answers.get(replicaId) ?? health.everyone;
    if (answer !== 'hang') response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const health: EngineHealth = {
    port: (server.address() as AddressInfo).port,
    answers: new Map(),
    everyone: 200,
    asked: new Map(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return health;
}
