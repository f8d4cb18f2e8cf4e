import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const stampFile = (root) => join(root, 'node_modules', '.setup-stamp');

/** What an install depends on: the locked packages and the platform they are for. */
export function wantedPackages(root, platform = `${process.platform}-${process.arch}`) {
  return `${createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex')} ${platform}`;
}

/** What the last whole install left: `{ packages, hasNode }`, hasNode saying that the pinned Node runs here; undefined when there was none. */
export function readStamp(root) {
  try {
    const stamp = JSON.parse(readFileSync(stampFile(root), 'utf8'));
    return typeof stamp.packages === 'string' ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/** Taken away before an install begins, so that an interrupted one is done again. */
export function removeStamp(root) {
  rmSync(stampFile(root), { force: true });
}

export function writeStamp(root, stamp) {
  const unfinished = `${stampFile(root)}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(stamp));
  renameSync(unfinished, stampFile(root));
}
