import { readPrivateFile, writePrivateFile, type Logger } from '@slipway/service';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { GraphPart } from './compose-graph.js';

/** The parts of the last graph that composed, kept for a start while a service is down. */
export type LastGoodGraph = {
  /** Empty when nothing is kept, or nothing that can be read. */
  read(): readonly GraphPart[];
  /** Keeps them; failing to is logged, not thrown: the gateway works without. */
  write(parts: readonly GraphPart[]): void;
};

const FILE_NAME = 'last-good-graph.json';
const stored = z.strictObject({ version: z.literal(1), parts: z.array(z.strictObject({ name: z.string(), sdl: z.string() })) });

/** In `<directory>/last-good-graph.json`. */
export function lastGoodGraphIn(directory: string, logger: Logger): LastGoodGraph {
  const file = path.join(directory, FILE_NAME);
  const failed = (event: string, error: unknown): void => {
    logger.warn({ event, file, reason: error instanceof Error ? error.message : String(error) }, 'the last good graph cannot be kept or read');
  };
  return {
    read() {
      try {
        const content = readPrivateFile(file);
        return content === null ? [] : stored.parse(JSON.parse(content.toString('utf8'))).parts;
      } catch (error) {
        failed('graph.cache-unreadable', error);
        return [];
      }
    },
    write(parts) {
      try {
        mkdirSync(directory, { recursive: true });
        writePrivateFile(file, JSON.stringify({ version: 1, parts }));
      } catch (error) {
        failed('graph.cache-unwritable', error);
      }
    },
  };
}
