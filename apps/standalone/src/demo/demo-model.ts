import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { homeDirectory } from '../config.js';

export const DEMO_FOLDER = 'tiny-tales';
const FILES = ['tiny-tales.gguf', 'README.md'];

/** Puts the bundled model into the model root, where a deployment can name it. */
export function installDemoModel(modelRoot: string): void {
  const folder = path.join(modelRoot, DEMO_FOLDER);
  mkdirSync(folder, { recursive: true });
  for (const file of FILES) {
    const target = path.join(folder, file);
    if (existsSync(target)) continue;
    copyFileSync(path.join(homeDirectory, 'models', 'tiny-tales', file), `${target}.part`);
    renameSync(`${target}.part`, target); // a copy cut short never counts as the model
  }
}
