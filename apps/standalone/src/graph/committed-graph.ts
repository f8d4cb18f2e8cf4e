import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { breakingChanges } from '@slipway/gateway';

/** What has to be done after the graph was changed on purpose. */
export const REGENERATE = 'SLIPWAY_UPDATE_GENERATED=1 npx nx test standalone';
/** The same when clients that were written for the committed graph will break, and are meant to. */
export const REGENERATE_BREAKING = `SLIPWAY_ALLOW_BREAKING_GRAPH=1 ${REGENERATE}`;

const NOTE = `# Generated from the services' schemas: ${REGENERATE}\n\n`;

export type CommittedGraph = {
  /** What the file says, after writing it anew when generated files are being updated. */
  readonly text: string;
  /** What the file should say. */
  readonly wanted: string;
  /** What breaks for clients of the committed graph. */
  readonly breaks: readonly string[];
};

/** Compares a graph with the committed one. A graph that breaks clients is written only when that is asked for by name. */
export function committedGraph(file: URL, sdl: string, environment: Readonly<Record<string, string | undefined>>): CommittedGraph {
  const committed = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const wanted = `${NOTE}${sdl}`;
  const isAllowed = environment['SLIPWAY_ALLOW_BREAKING_GRAPH'] === '1';
  const breaks = isAllowed ? [] : breakingChanges(committed, wanted);
  if (environment['SLIPWAY_UPDATE_GENERATED'] !== '1' || breaks.length > 0) return { text: committed, wanted, breaks };
  writeFileSync(file, wanted);
  return { text: wanted, wanted, breaks };
}
