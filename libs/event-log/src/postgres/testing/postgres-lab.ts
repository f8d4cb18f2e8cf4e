import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { locatePostgres, startPostgres, type LocalServer } from '@slipway/local-servers';
import pg from 'pg';

const START_LIMIT_MS = 60_000;

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
    let directory: string;
    let server: LocalServer;
    beforeAll(async () => {
      directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-postgres-log-'));
      fs.chmodSync(directory, 0o755); // the server runs as another user
      server = await startPostgres({ directory: path.join(directory, 'postgres'), durable });
    }, START_LIMIT_MS);
    afterAll(async () => {
      await server.stop();
      fs.rmSync(directory, { recursive: true, force: true });
    });
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
