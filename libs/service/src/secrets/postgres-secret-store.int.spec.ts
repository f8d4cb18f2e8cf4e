import { locatePostgres, startTemporaryPostgres, type LocalServer } from '@slipway/local-servers';
import { Pool } from 'pg';
import { postgresSecretStore } from './postgres-secret-store.js';
import { secretStoreConformance } from './secret-store.conformance.js';

const LIMIT_MS = 180_000;

(locatePostgres() === null ? describe.skip : describe)('secrets in a real PostgreSQL (skipped where there is none)', () => {
  let server: LocalServer;
  let pool: Pool;
  let schemas = 0;
  beforeAll(async () => {
    server = await startTemporaryPostgres({ durable: false });
    pool = new Pool({ connectionString: server.url });
    pool.on('error', () => undefined);
  }, LIMIT_MS);
  afterAll(async () => {
    await pool.end();
    await server[Symbol.asyncDispose]();
  });

  secretStoreConformance('the secret store of rows', async () => {
    const schema = `secrets_${++schemas}`;
    const opened = new AsyncDisposableStack();
    return {
      open: async (masterKey) => opened.use(await postgresSecretStore({ url: server.url, masterKey, schema })),
      content: async (name) => (await pool.query<{ content: Buffer }>(`SELECT content FROM ${schema}.secrets WHERE name = $1`, [name])).rows[0]?.content ?? Buffer.alloc(0),
      overwrite: async (name, content) => void (await pool.query(`UPDATE ${schema}.secrets SET content = $2 WHERE name = $1`, [name, content])),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  });

  it('goes on after the server was away', async () => {
    await using store = await postgresSecretStore({ url: server.url, masterKey: Buffer.alloc(32, 7) });
    const reference = await store.put('kept');
    await server.stop();
    await expect(store.get(reference)).rejects.toThrow();
    await server.start();
    expect(await store.get(reference)).toBe('kept');
  }, LIMIT_MS);

  it('answers what was asked before it was closed, and nothing after', async () => {
    const store = await postgresSecretStore({ url: server.url, masterKey: Buffer.alloc(32, 7) });
    const reference = await store.put('kept');
    const asked = [1, 2, 3].map(() => store.get(reference)); // more than there are connections
    await store[Symbol.asyncDispose]();
    expect(await Promise.all(asked)).toEqual(['kept', 'kept', 'kept']);
    await expect(store.get(reference)).rejects.toThrow('is closed');
  });

  it('cannot be opened where the role may not make its table, and needs no such right once it is there', async () => {
    const { hostname, port } = new URL(server.url);
    await pool.query(`CREATE ROLE reader LOGIN PASSWORD 'reader'`);
    const url = `postgres://reader:reader@${hostname}:${port}/slipway`;
    const options = { url, masterKey: Buffer.alloc(32, 7), schema: 'granted' };
    await expect(postgresSecretStore(options)).rejects.toThrow('permission denied');
    await (await postgresSecretStore({ ...options, url: server.url }))[Symbol.asyncDispose]();
    await pool.query('GRANT USAGE ON SCHEMA granted TO reader; GRANT SELECT, INSERT ON granted.secrets TO reader');
    await using store = await postgresSecretStore(options);
    expect(await store.get(await store.put('value'))).toBe('value');
  });
});
