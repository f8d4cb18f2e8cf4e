import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import type { Installation } from '../installation.js';
import { withLog } from '../open-log.js';
import { counted, readableCount, textTable } from '../readable-text.js';
import type { Terminal } from '../terminal.js';
import type { Check } from '../verify/check.js';
import { checkLog } from '../verify/log-check.js';
import { checkProjections } from '../verify/projection-checks.js';
import { checkStreams } from '../verify/stream-checks.js';

/**
 * Proves that the log is whole, that every stream folds, that every decision made by today's rules comes out again, and
 * that the read models say what the log says. Throws CorruptLogError and ReplayError.
 */
export async function verify(installation: Installation, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const { head, events, check: whole } = await checkLog(installation.log, terminal);
  const checks = await withLog(installation.log, async (log) => [
    whole,
    ...(await checkStreams(log, head.position, events, terminal)),
    ...(await checkProjections(log, installation, terminal)),
  ]);
  const findingCount = checks.reduce((sum, check) => sum + check.findingCount, 0);
  const isSound = findingCount === 0;
  if (json) terminal.answer(JSON.stringify({ sound: isSound, head, checks }, null, 2));
  else print(checks, head.position, findingCount, terminal);
  return isSound ? EXIT_CODES.sound : EXIT_CODES.differenceFound;
}

function print(checks: readonly Check[], position: number, findingCount: number, terminal: Terminal): void {
  const rows = checks.map((check) => [check.name, check.checked, check.findingCount === 0 ? (check.note ?? 'ok') : counted(check.findingCount, 'difference')]);
  terminal.answer(textTable(['check', 'checked', 'result'], rows));
  for (const { name, findings, findingCount: found } of checks) {
    if (found === 0) continue;
    terminal.answer(`\n${name}:`);
    for (const finding of findings) terminal.answer(`  ${finding}`);
    if (found > findings.length) terminal.answer(`  … and ${readableCount(found - findings.length)} more`);
  }
  const verdict =
    findingCount === 0
      ? `sound: the log through position ${readableCount(position)}, and everything made from it`
      : `${counted(findingCount, 'difference')}: the log is whole through position ${readableCount(position)}, but not everything agrees with it`;
  terminal.answer(`\n${verdict}`);
}
