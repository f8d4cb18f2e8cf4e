import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BenchConfig } from '../config.js';

const INSTALL_LIMIT_MS = 300_000;
const run = promisify(execFile);

/** Installs the locked peers if they are not there. Null when they are ready, otherwise why not. */
export async function installPeers({ peersDirectory, environment }: BenchConfig, progress: (text: string) => void): Promise<string | null> {
  if (areInstalled(peersDirectory)) return null;
  progress('installing the peers');
  try {
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: peersDirectory, env: environment, timeout: INSTALL_LIMIT_MS });
    return areInstalled(peersDirectory) ? null : 'npm installed other versions than were asked for';
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    return `npm could not install it: ${/^npm error (?!code )(.+)$/m.exec(stderr)?.[1] ?? message.split('\n')[0]}`;
  }
}

function areInstalled(directory: string): boolean {
  try {
    const { dependencies } = manifest(directory);
    return Object.entries(dependencies ?? {}).every(([name, version]) => manifest(path.join(directory, 'node_modules', name)).version === version);
  } catch {
    return false;
  }
}

type Manifest = { readonly version: string; readonly dependencies?: Readonly<Record<string, string>> };
const manifest = (directory: string): Manifest => JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as Manifest;
