import { verifyEventLogAt } from '@slipway/event-log';
import type { Brought, Pages } from '../history/bring-history.js';
import { differenceFrom } from '../history/same-history.js';
import { failureOf } from '../log-failure.js';
import { keepsChain, LOG_KIND_NAMES, type LogPlace } from '../log-place.js';
import { withLog } from '../open-log.js';
import { counted, readableCount } from '../readable-text.js';
import type { Terminal } from '../terminal.js';

export type BroughtHistory = {
  /** Reads it once more; null when it can be read only once. */
  readonly history: (() => Pages) | null;
  /** Of the last event brought, as the log it came from keeps it; null when that keeps none, or has gone on since. */
  readonly sourceHash: string | null;
  readonly brought: Brought;
  readonly target: LogPlace;
};

export type Proof = { readonly text: string; readonly difference: string | null };

/** Reads what was written back, and compares it with where it came from. Throws ReplayError. */
export async function proveSame({ history, sourceHash, brought, target }: BroughtHistory, terminal: Terminal): Promise<Proof> {
  const { read, hash } = brought;
  if (keepsChain(target)) {
    const head = await verifyEventLogAt(target.address, ({ position }) => terminal.progress(`verifying ${LOG_KIND_NAMES[target.kind]}: ${readableCount(position)} events`)).catch(
      (error: unknown) => Promise.reject(failureOf(error, target.label) as Error),
    );
    if (head.position !== read || head.hash !== hash) return different(`${target.label} ends at position ${head.position} with hash ${head.hash}, where ${read} with ${hash} was written`);
    if (sourceHash !== null) {
      if (sourceHash !== head.hash) return different(`the head at position ${read} has hash ${sourceHash} there and ${head.hash} here`);
      return { text: `the same history: both heads at position ${readableCount(read)} have hash ${head.hash}`, difference: null };
    }
    if (history === null) return { text: `verified: the log is whole through position ${readableCount(read)}, hash ${head.hash}`, difference: null };
  }
  if (history === null) return { text: `${LOG_KIND_NAMES[target.kind]} keeps no hash chain, so what was written cannot be compared with what can be read only once`, difference: null };
  const again = history;
  const difference = await withLog(target, (log) =>
    differenceFrom(again(), log, read, (events) => terminal.progress(`comparing: ${counted(events, 'event')} of ${readableCount(read)}`)),
  );
  if (difference !== null) return different(difference);
  return { text: `the same history: ${counted(read, 'event')} compared one by one${hash === null ? '' : `, head hash ${hash}`}`, difference: null };
}

const different = (difference: string): Proof => ({ text: `difference: ${difference}`, difference });
