import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BenchConfig } from '../config.js';

/** A program of the system that is not ours to ship. */
export type ExternalTool = { readonly path: string; readonly environment: Readonly<Record<string, string>> };

/** The Debian packages it takes to run them, beyond what every Debian has. */
const DEBIAN_PACKAGES = {
  wrk: ['wrk', 'libluajit-5.1-2', 'libluajit-5.1-common'],
  nginx: ['nginx', 'libpcre2-8-0', 'libssl3'],
} as const;

export type ToolName = keyof typeof DEBIAN_PACKAGES;

const DOWNLOAD_LIMIT_MS = 120_000;
const run = promisify(execFile);

/** The installed program, or the one of Debian's package, unpacked beside the results without being installed. */
export async function externalTool(name: ToolName, config: BenchConfig, progress: (text: string) => void): Promise<ExternalTool | { readonly missing: string }> {
  const installed = findIn(config.searchPath, name);
  if (installed !== null) return { path: installed, environment: config.environment };
  const directory = path.join(config.resultsDirectory, '.tools', name);
  const unpacked = findUnpacked(directory, name, config);
  if (unpacked !== null) return unpacked;
  try {
    progress(`downloading Debian's ${name}`);
    await unpack(directory, DEBIAN_PACKAGES[name], config);
  } catch (error) {
    return { missing: `${name} is not installed and could not be had from Debian (${(error as Error).message.split('\n')[0]}); install the package ${name}` };
  }
  return findUnpacked(directory, name, config) ?? { missing: `Debian's package ${name} holds no ${name}` };
}

async function unpack(directory: string, packages: readonly string[], { environment }: BenchConfig): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const options = { cwd: directory, env: environment, timeout: DOWNLOAD_LIMIT_MS };
  await run('apt-get', ['download', ...packages], options);
  for (const file of readdirSync(directory).filter((one) => one.endsWith('.deb'))) await run('dpkg', ['-x', file, 'root'], options);
}

function findUnpacked(directory: string, name: string, { environment }: BenchConfig): ExternalTool | null {
  const root = path.join(directory, 'root');
  const found = findIn(['usr/bin', 'usr/sbin'].map((place) => path.join(root, place)), name);
  if (found === null) return null;
  const libraries = [path.join(root, 'usr/lib'), path.join(root, 'lib')].flatMap(withArchitectures);
  return { path: found, environment: { ...environment, LD_LIBRARY_PATH: libraries.join(path.delimiter) } };
}

/** `usr/lib`, `usr/lib/x86_64-linux-gnu` */
function withArchitectures(directory: string): readonly string[] {
  try {
    const inner = readdirSync(directory).filter((name) => name.endsWith('-linux-gnu'));
    return [directory, ...inner.map((name) => path.join(directory, name))];
  } catch {
    return [];
  }
}

function findIn(directories: readonly string[], name: string): string | null {
  return directories.map((directory) => path.join(directory, name)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
