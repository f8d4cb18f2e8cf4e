import * as fs from 'node:fs';
import * as path from 'node:path';

/** A larger file is read where it lies: copying it would take longer than reading. */
export const COPIED_BYTES_MAX = 1_073_741_824;

/**
 * Where to read an SQLite file from. One that nobody has open is copied, with the files named by `suffixes`: to read it in
 * place, SQLite would leave files of its own beside it, and could not in a directory that may only be read, as that of a
 * backup. One that is in use is read in place, together with its write-ahead log, and so is one that was left by a kill.
 */
export function resting(file: string, scratchDirectory: string, suffixes: readonly string[] = []): string {
  const before = fingerprint(file);
  if (before === null || fs.statSync(file).size > COPIED_BYTES_MAX) return file;
  const copy = path.join(scratchDirectory, `resting-${path.basename(file)}`);
  try {
    for (const suffix of ['', ...suffixes])
      if (fs.existsSync(file + suffix)) fs.copyFileSync(file + suffix, copy + suffix, fs.constants.COPYFILE_FICLONE);
  } catch {
    fs.rmSync(copy, { force: true }); // no room for it, most likely; what else is wrong shows when it is read
    return file;
  }
  // Somebody may have opened it while it was copied: then the copy may be half old, half new.
  return fingerprint(file) === before ? copy : file;
}

/** Null while there is a write-ahead log. */
function fingerprint(file: string): string | null {
  if (fs.existsSync(`${file}-wal`)) return null;
  const { size, mtimeNs, ino } = fs.statSync(file, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}
