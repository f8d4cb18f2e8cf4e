import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { SmallPlatform } from './fixtures/small-platform.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const RUN_LIMIT_MS = 180_000;

let home: string;
let dataDir: string;

/** The compiled tool, as it is run by people and scripts; its temporary directory is watched. */
function run(argv: readonly string[], environment: Readonly<Record<string, string>> = { SLIPWAY_DATA_DIR: dataDir }) {
  const env = { PATH: path.dirname(process.execPath), TMPDIR: path.join(home, 'tmp'), ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...argv], { env, encoding: 'utf8', timeout: RUN_LIMIT_MS });
  return { status, stdout, stderr };
}

beforeAll(async () => {
  if (!fs.existsSync(MAIN)) throw new Error(`${MAIN} is missing: run "npm run build" first`);
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-replay-spec-'));
  fs.mkdirSync(path.join(home, 'tmp'));
  dataDir = path.join(home, 'data');
  await using platform = await SmallPlatform.start(dataDir);
  await platform.deploy();
  await platform.buildReadModels();
});
afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

/** A copy of the data directory to do harm to. */
function copyOfData(): string {
  const copy = fs.mkdtempSync(path.join(home, 'copy-'));
  fs.cpSync(dataDir, copy, { recursive: true });
  return copy;
}

describe('the exit code', () => {
  it('is 0 for what can be answered, and the answer alone is on standard output', () => {
    const verified = run(['verify', '--json']);
    expect(verified.stderr).toBe('');
    expect(JSON.parse(verified.stdout)).toMatchObject({ sound: true });
    expect(verified.status).toBe(0);
    const state = run(['state', 'name-default/tiny']);
    expect(Object.keys(JSON.parse(state.stdout) as object)).toEqual(['holder']);
    expect(state.stderr).toMatch(/^name-default\/tiny as of revision 0, /);
    expect(run(['--help']).status).toBe(0);
  });

  it('is 1 when the read models differ from the log', () => {
    const copy = copyOfData();
    using database = new DatabaseSync(path.join(copy, 'read-models', 'orchestrator.sqlite'));
    const table = String(database.prepare(`SELECT "tableName" FROM projection_checkpoints WHERE "projection" = 'fleets'`).get()?.['tableName']);
    database.exec(`UPDATE "${table}" SET row = json_set(row, '$.desired', 77)`);
    const { status, stdout } = run(['verify', '--data-dir', copy]);
    expect(stdout).toContain('differs at desired: live 77, rebuilt 2');
    expect(status).toBe(1);
  });

  it.each([[[]], [['destroy']], [['show']], [['show', 'nothing-1']], [['streams', '--limit', '0']], [['streams', '--category', 'x']], [['state', 'name-default/tiny', '--at', 'noon']]])(
    'is 2 for wrong usage: %j',
    (argv) => {
      const { status, stdout, stderr } = run(argv);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).not.toContain('at ModuleJob');
      if (argv.length > 0) expect(stderr.trimEnd()).toMatch(/^slipway-replay: [^\n]+$/);
    },
  );

  it('is 3 when there is no log, or it may not be read', () => {
    const missing = run(['verify'], { SLIPWAY_DATA_DIR: path.join(home, 'nowhere') });
    expect(missing.stderr).toMatch(/^slipway-replay: there is no event log at [^\n]+\n$/);
    expect(missing.status).toBe(3);
    const copy = copyOfData();
    fs.rmSync(path.join(copy, 'log.sqlite'));
    fs.mkdirSync(path.join(copy, 'log.sqlite'));
    const unreadable = run(['streams', '--data-dir', copy]);
    expect(unreadable.stderr).toMatch(/^slipway-replay: the event log [^\n]+ cannot be read[^\n]+\n$/);
    expect(unreadable.status).toBe(3);
  });

  it.each([['verify'], ['streams'], ['show', 'name-default/tiny']])('is 4 when the log is no log: %s', (...argv) => {
    const copy = copyOfData();
    fs.writeFileSync(path.join(copy, 'log.sqlite'), Buffer.alloc(20_000, 'x'));
    const { status, stderr } = run([...argv, '--data-dir', copy]);
    expect(stderr).toMatch(/^slipway-replay: the event log [^\n]+ is damaged[^\n]+\n$/);
    expect(status).toBe(4);
  });
});

it('leaves nothing behind in the temporary directory, whatever came of it', () => {
  for (const argv of [['verify'], ['streams'], ['state', 'none-1'], ['verify', '--data-dir', home]]) run(argv);
  expect(fs.readdirSync(path.join(home, 'tmp'))).toEqual([]);
});

it('answers questions about an installation that has just begun', async () => {
  const fresh = path.join(home, 'fresh');
  fs.mkdirSync(fresh);
  fs.writeFileSync(path.join(fresh, 'log.sqlite'), '');
  expect(run(['verify', '--data-dir', fresh]).status).toBe(0);
  expect(run(['streams', '--data-dir', fresh]).status).toBe(0);
});

it('stops quietly when nobody reads on', () => {
  const command = `"${process.execPath}" "${MAIN}" show process-fleet-d0000000-0000-4000-8000-000000000001 --verbose | head -n 1`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command], { env: { PATH: '/usr/bin:/bin', SLIPWAY_DATA_DIR: dataDir }, encoding: 'utf8', timeout: RUN_LIMIT_MS });
  expect(stdout).toMatch(/^position \d+ /);
  expect(stderr).toBe('');
});

it('every example of every help text works when pasted', () => {
  const helps = [['--help'], ...['streams', 'show', 'state', 'judge', 'verify', 'export', 'import', 'copy'].map((command) => [command, '--help'])];
  const examples = helps.flatMap((argv) => [...run(argv).stdout.matchAll(/^ {2}\$ npm run replay -- (.+)$/gm)].map(([, line]) => line ?? ''));
  expect(examples.length).toBeGreaterThan(21);
  const cwd = fs.mkdtempSync(path.join(home, 'examples-'));
  for (const example of new Set(examples)) {
    const line = `"${process.execPath}" "${MAIN}" ${example.replace('--data-dir .slipway', '')}`;
    const { status, stderr } = spawnSync('sh', ['-c', line], { cwd, env: { PATH: '/usr/bin:/bin', SLIPWAY_DATA_DIR: dataDir, ROLLOUT_ID: 'activation-1' }, encoding: 'utf8', timeout: RUN_LIMIT_MS });
    expect({ example, status, stderr: stderr.includes('slipway-replay:') }).toEqual({ example, status: 0, stderr: false });
  }
}, RUN_LIMIT_MS);
