import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from './workspace.mjs';

const COMPILER = "require('node:fs').appendFileSync('built', 'x');";
const PLATFORM = "console.log('platform', JSON.stringify(process.argv.slice(2)), process.env.NODE_COMPILE_CACHE);";

/**
 * A small clone with the real set-up in it and an npm of its own on the PATH, which installs the Node that runs the test and a compiler that
 * only counts. `npmScript` is what that npm does besides (shell).
 */
export function cloneUnderTest({ npmScript = '', platform = PLATFORM } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'slipway-setup-'));
  const outside = mkdtempSync(join(tmpdir(), 'slipway-outside-'));
  cpSync(join(ROOT, 'tools/setup'), join(root, 'tools/setup'), {
    recursive: true,
    filter: (path) => !/\.spec\.mjs$|lint-fixtures|absent-binary/.test(path),
  });
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('package-lock.json', '{}');
  write('apps/standalone/dist/main.js', platform);
  write('compiler.js', COMPILER);
  symlinkSync(process.execPath, join(outside, 'node'));
  writeFileSync(join(outside, 'npm'), npmThatInstalls(npmScript));
  chmodSync(join(outside, 'npm'), 0o755);
  const env = { PATH: [join(root, 'node_modules/.bin'), outside, '/usr/bin', '/bin'].join(delimiter), HOME: outside };
  return {
    root,
    write,
    read: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
    start: (options = [], extraEnv = {}) => runInto(root, options, { ...env, ...extraEnv }),
    remove: () => [root, outside].forEach((path) => rmSync(path, { recursive: true, force: true })),
  };
}

const npmThatInstalls = (script) => `#!/bin/sh
echo "$*" >> npm-calls
env > npm-environment
${script}
mkdir -p node_modules/.bin node_modules/typescript7/bin
ln -sf ${process.execPath} node_modules/.bin/node
cp compiler.js node_modules/typescript7/bin/tsc
`;

/** Starts in a process group of its own, as a terminal would. `said(text)` waits until that was printed. */
function runInto(root, options, env) {
  const child = spawn(process.execPath, [join(root, 'tools/setup/start.mjs'), ...options], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].on('data', (data) => (output[name] += data));
  const ended = new Promise((resolve) => child.once('close', (code) => resolve({ code, ...output })));
  const said = (text) =>
    new Promise((resolve) => {
      const look = () => output.stdout.includes(text) && resolve();
      child.stdout.on('data', look);
      look();
    });
  return { pid: child.pid, ended, said };
}
