import * as fs from 'node:fs';
import { verifySqliteLog } from '@slipway/event-log';
import { counted, readableCount } from '../readable-text.js';
import type { Terminal } from '../terminal.js';
import { Findings, type Check } from './check.js';

export type VerifiedChain = { readonly head: { readonly position: number; readonly hash: string }; readonly check: Check };

/** Every page, index entry and hash of the log. Throws CorruptLogError: a damaged log proves nothing about the rest. */
export async function checkChain(logFile: string, terminal: Terminal): Promise<VerifiedChain> {
  const findings = new Findings();
  // Just made, or by a platform that was killed right then: SQLite writes nothing before the first table.
  if (fs.statSync(logFile).size === 0) return { head: { position: 0, hash: '' }, check: findings.check('hash chain', counted(0, 'event')) };
  terminal.progress('hash chain: every page of the file');
  const head = await verifySqliteLog(logFile, ({ position }) => terminal.progress(`hash chain: ${readableCount(position)} events`));
  terminal.progress(null);
  return { head, check: findings.check('hash chain', counted(head.position, 'event')) };
}
