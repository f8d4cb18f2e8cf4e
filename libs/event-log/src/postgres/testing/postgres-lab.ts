import { randomUUID } from 'node:crypto';
import { locatePostgres, startTemporaryPostgres, type LocalServer } from '@slipway/local-servers';
import pg from 'pg';

const START_LIMIT_MS = 180_000;

export type PostgresLab = {
  readonly server: LocalServer;
  /** A place for a log nobody has used. */
  newPlace(): { readonly url: string; readonly schema: string; readonly onWarning: () => void };
  /** Runs SQL as the superuser, on a connection of its own. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
};

/** Tests against a real server of their own, which is stopped after them; skipped where there is no Postgres. */
export function withPostgres(title: string, durable: boolean, tests: (lab: PostgresLab) => void): void {
  (locatePostgres() === null ? describe.skip : describe)(`${title} (skipped where there is no Postgres)`, () => {
    let server: LocalServer;
    beforeAll(async () => void (server = await startTemporaryPostgres({ durable })), START_LIMIT_MS);
    afterAll(() => server[Symbol.asyncDispose]());
    tests({
      get server() {
        return server;
      },
      newPlace: () => ({ url: server.url, schema: `log_${randomUUID().replaceAll('-', '_')}`, onWarning: () => undefined }),
      sql: async (text) => {
        const client = new pg.Client(server.url);
        client.on('error', () => undefined); // some tests cut connections
        await client.connect();
        try {
          const result = (await client.query(text)) as pg.QueryResult<Record<string, unknown>>;
          return Array.isArray(result) ? [] : result.rows;
        } finally {
          await client.end();
        }
      },
    });
  });
}
