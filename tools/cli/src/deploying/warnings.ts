import type { Terminal } from '../terminal.js';

export type RevisionWarning = { readonly code: string; readonly field: string; readonly message: string };

/** What was taken, but should be looked at; beside the answer. */
export function tellWarnings(warnings: readonly RevisionWarning[], { note, colours }: Terminal): void {
  for (const { code, field, message } of warnings) note(`${colours.yellow('warning')}: ${code}: ${field}: ${message}`);
}
