import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Lets a plain Node process import our sources. */
const SOURCES = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    try { return next(specifier, context); }
    catch (error) { if (!specifier.endsWith('.js')) throw error; return next(specifier.slice(0, -3) + '.ts', context); }
  },
});`)}`;

/**
 * Competes for ever; says what happens line by line, and while it leads writes down every few milliseconds that it does,
 * with the database's time from before it asked the lease: it may be stopped between asking and writing. Its own clock is
 * wrong by years.
 */
const HOLDER = `
import pg from 'pg';
const [base, url, holder, ttlMs] = process.argv.slice(1);
Date.now = () => 12345;
const { postgresLeases } = await import(base + 'postgres-leases.ts');
const { whileLeading } = await import(base + 'while-leading.ts');
const pool = new pg.Pool({ connectionString: url, max: 1 });
pool.on('error', () => undefined);
const start = async (lease) => {
  let stopped = false;
  const acting = (async () => {
    console.log('leads ' + lease.epoch);
    while (!stopped && lease.held) {
      const time = await pool.query('SELECT clock_timestamp()::text AS at').catch(() => null);
      if (time === null || !lease.held) continue;
      await pool.query('INSERT INTO acts VALUES ($1, $2, $3)', [holder, lease.epoch, time.rows[0].at]).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    console.log('ends ' + lease.epoch);
  })();
  return { async [Symbol.asyncDispose]() { stopped = true; await acting; } };
};
const leases = postgresLeases({ url, ttlMs: Number(ttlMs), statementTimeoutMs: Number(ttlMs) });
const leadership = whileLeading(leases, 'fleet', start);
process.once('SIGTERM', async () => {
  await leadership[Symbol.asyncDispose]();
  await leases[Symbol.asyncDispose]();
  await pool.end();
});
console.log('competes');
`;

export type HolderProcess = AsyncDisposable & {
  readonly lines: readonly string[];
  /** Settles once it has said so; throws when it ends before. */
  printed(line: string): Promise<void>;
  /** The first epoch after that one under which it leads, once it does; throws when it ends before. */
  leads(after: number): Promise<number>;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<unknown>;
};

/** A real process that competes for the lease 'fleet'; for tests, to be stopped, continued and killed. */
export function startHolder(url: string, holder: string, ttlMs: number): HolderProcess {
  const options = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', '--conditions=source', '--input-type=module', '--import', SOURCES];
  const child = spawn(process.execPath, [...options, '-e', HOLDER, '--', new URL('..', import.meta.url).href, url, holder, String(ttlMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const ended = once(child, 'close');
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  /** What is made of the first line that anything is made of. */
  const said = <T>(what: string, find: (line: string) => T | null): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.map(find).find((one) => one !== null);
        if (found === undefined || found === null) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`the process ended without saying "${what}": ${lines.join(' | ')}`)));
    });
  return {
    lines,
    printed: async (expected) => void (await said(expected, (line) => (line === expected ? line : null))),
    leads: (after) =>
      said(`leads, after ${after}`, (line) => {
        const epoch = Number(/^leads (\d+)$/.exec(line)?.[1] ?? 0);
        return epoch > after ? epoch : null;
      }),
    signal: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
