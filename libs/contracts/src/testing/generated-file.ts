import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Set to 1, specs write the generated files they would otherwise compare with. */
export const UPDATES_GENERATED = process.env['SLIPWAY_UPDATE_GENERATED'] === '1';

/** The committed text of a generated file, after writing `text` there when generated files are being updated. */
export function committedText(url: URL, text: string): string {
  if (UPDATES_GENERATED) {
    mkdirSync(dirname(fileURLToPath(url)), { recursive: true });
    writeFileSync(url, text);
  }
  return readFileSync(url, 'utf8');
}
