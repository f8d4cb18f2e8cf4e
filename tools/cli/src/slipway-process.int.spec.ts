import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SHELL_SCRIPTS } from './completion/shell-scripts.js';

const bin = fileURLToPath(new URL('../bin/slipway', import.meta.url));
const RUN_LIMIT_MS = 60_000;

let home: string;
beforeAll(() => {
  if (!existsSync(fileURLToPath(new URL('../dist/main.js', import.meta.url)))) throw new Error('the tool is not built: run "npm run build" first');
  home = mkdtempSync(path.join(os.tmpdir(), 'slipway-cli-process-'));
  // Called through a link, as package managers install it.
  symlinkSync(bin, path.join(home, 'slipway'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const environ = () => ({ PATH: `${home}:/usr/bin:/bin`, HOME: home });
function run(argv: readonly string[], shell?: string) {
  const { status, stdout, stderr } = spawnSync(shell ?? path.join(home, 'slipway'), argv, { env: environ(), encoding: 'utf8', timeout: RUN_LIMIT_MS });
  return { status, stdout, stderr };
}

it('ends with a code that tells, and says one thing on standard error', () => {
  expect(run(['--help'])).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('Exit codes: 0 done') });
  expect(run(['lst'])).toMatchObject({ status: 2, stdout: '' });
  expect(run(['list'])).toMatchObject({ status: 4, stdout: '', stderr: expect.stringMatching(/^slipway: NOT_SIGNED_IN: .*\n {2}fix: .*\n$/) });
  const env = { ...environ(), SLIPWAY_URL: 'http://127.0.0.1:1', SLIPWAY_TOKEN: 'x' };
  expect(spawnSync(path.join(home, 'slipway'), ['list'], { env, encoding: 'utf8', timeout: RUN_LIMIT_MS }).status).toBe(3);
});

it('every command has a help with what it takes', () => {
  const commands = [...run(['--help']).stdout.matchAll(/^ {2}([a-z]+)(?:\|\w+)?(?: |$)/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');
  expect(commands.length).toBeGreaterThan(15);
  for (const name of commands) expect(run([name, '--help'])).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining(`Usage: slipway ${name}`) });
});

describe('completion', () => {
  /** What bash would offer for these words, the last of which is under way. */
  const offered = (...words: readonly string[]): string[] => {
    const script = `${SHELL_SCRIPTS.bash}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length - 1}\n_slipway\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    return run(['-c', script], '/bin/bash').stdout.split('\n').filter((line) => line !== '');
  };

  it.each([
    [['slipway', 'roll'], ['rollout', 'rollback']],
    [['slipway', 'rollout', 'p'], ['pause', 'promote']],
    [['slipway', 'rollout', 'status', '--wa'], ['--watch', '--wait-limit']],
    [['slipway', 'list', '--status', 'DES'], ['DESTROYING', 'DESTROYED']],
    [['slipway', '--output', 'json', 'tok'], ['tokens']],
    [['slipway', 'completion', ''], ['bash', 'zsh', 'fish']],
    [['slipway', 'get', ''], []],
  ])('in bash, of %j is %j', (words, expected) => expect(offered(...words)).toEqual(expected));

  it.each(['bash', 'zsh', 'fish'] as const)('is a script that %s takes', (shell) => {
    const { stdout } = run(['completion', shell]);
    expect(stdout.trimEnd()).toBe(SHELL_SCRIPTS[shell]);
    const program = ['/bin', '/usr/bin', '/usr/local/bin'].map((folder) => path.join(folder, shell)).find(existsSync);
    if (program === undefined) return void process.stderr.write(`skipped: there is no ${shell} here to try its script\n`);
    const file = path.join(home, `completion.${shell}`);
    writeFileSync(file, stdout);
    chmodSync(file, 0o600);
    expect(run(['-n', file], program)).toMatchObject({ status: 0, stderr: '' });
  });
});
