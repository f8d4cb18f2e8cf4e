import { verifyEventLogAt, type EventLogReader, type RecordedEvent } from '@slipway/event-log';
import { EXIT_CODES, ReplayError, type ExitCode } from '../exit-codes.js';
import { bringHistory } from '../history/bring-history.js';
import type { Installation } from '../installation.js';
import { keepsChain, type LogPlace } from '../log-place.js';
import { withLog } from '../open-log.js';
import { perSecond } from '../pace.js';
import { counted, readableCount } from '../readable-text.js';
import type { Terminal } from '../terminal.js';
import { proveSame } from './prove-same.js';

/**
 * Copies a log as it stands into another that is empty or holds the beginning of the same history, and compares the two.
 * Interrupted, it is simply started again. Throws ReplayError.
 */
export async function copyLog({ log: source }: Pick<Installation, 'log'>, target: LogPlace, json: boolean, terminal: Terminal): Promise<ExitCode> {
  if (source.label === target.label) throw new ReplayError(EXIT_CODES.usage, `${target.label} cannot be copied onto itself`);
  const beganMs = performance.now();
  return withLog(source, async (log) => {
    const head = await log.head();
    const brought = await bringHistory(pagesUntil(log, head), target, (events) => terminal.progress(`copying: ${counted(events, 'event')}${keepsChain(source) ? ` of ${readableCount(head)}` : ''}`));
    const elapsedMs = performance.now() - beganMs;
    const mayCompareHashes = keepsChain(source) && keepsChain(target) && head > 0;
    const sourceHash = mayCompareHashes && (await log.head()) === head ? await hashAt(source, head, terminal) : null;
    const proof = await proveSame({ history: () => pagesUntil(log, head), sourceHash, brought, target }, terminal);
    terminal.progress(null);
    const { read, written } = brought;
    if (json) terminal.answer(JSON.stringify({ events: read, written, same: proof.difference === null, proof: proof.text, difference: proof.difference }, null, 2));
    else {
      const rest = read === written ? '' : `; ${readableCount(read - written)} were there already`;
      terminal.answer(`copied ${counted(written, 'event')} from ${source.label} to ${target.label} (${perSecond(read, elapsedMs)})${rest}`);
      terminal.answer(proof.text);
      const since = (await log.head()) > head;
      if (since) terminal.note('the log has gone on meanwhile: copy again for what is new');
    }
    return proof.difference === null ? EXIT_CODES.sound : EXIT_CODES.differenceFound;
  });
}

/** Of the whole source, verified; null when it does not end there any more. */
async function hashAt(source: LogPlace, position: number, terminal: Terminal): Promise<string | null> {
  const head = await verifyEventLogAt(source.address, (progress) => terminal.progress(`verifying the source: ${readableCount(progress.position)} events`));
  return head.position === position ? head.hash : null;
}

async function* pagesUntil(log: EventLogReader, until: number): AsyncGenerator<readonly RecordedEvent[]> {
  for await (const page of log.readAll().pages()) {
    const end = page.findIndex(({ position }) => position > until);
    yield end === -1 ? page : page.slice(0, end);
    if (end !== -1) return;
  }
}
