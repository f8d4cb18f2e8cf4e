import { readdirSync, readFileSync } from 'node:fs';
import type { StoredEvent } from '../events/event-contract.js';

const folder = new URL('../events/golden/', import.meta.url);

export type GoldenStream = {
  /** `<aggregate>` or `<aggregate>-<how it ends>`. */
  readonly name: string;
  readonly aggregate: string;
  readonly events: readonly StoredEvent[];
};

/** Streams as logs out there keep them. A file here is never edited; a new version of an event gets a new stream. */
export const goldenStreams: readonly GoldenStream[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const name = file.slice(0, -'.json'.length);
    const events = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as readonly StoredEvent[];
    return { name, aggregate: name.split('-', 1)[0] ?? '', events };
  });

export const expectedStateUrl = (name: string): URL => new URL(`expected/${name}.json`, folder);
