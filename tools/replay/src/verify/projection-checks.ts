import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AnyPureProjection } from '@slipway/domain';
import { openProjectionDatabase, typeormProjectionStore, type EventLogReader } from '@slipway/event-log';
import { counted, readableCount } from '../readable-text.js';
import type { DataDirectory } from '../data-directory.js';
import type { Terminal } from '../terminal.js';
import { Findings, type Check } from './check.js';
import { liveTables, type LiveTable } from './live-table.js';
import { READ_MODELS, scratchTable } from './read-models.js';
import { compareProjection } from './compare-projection.js';

const BUSY_TIMEOUT_MS = 5_000;

/** Rebuilds every projection from the log in a scratch database, and compares it with the rows that are served. */
export async function checkProjections(log: EventLogReader, directory: DataDirectory, terminal: Terminal): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const [file, projections] of Object.entries(READ_MODELS)) {
    const places = { file, live: directory.readModelFile(file), scratch: path.join(directory.scratchDirectory, `rebuilt-${file}`) };
    checks.push(...(await checkReadModel(log, places, projections, terminal)));
  }
  terminal.progress(null);
  return checks;
}

type Places = { readonly file: string; readonly live: string | null; readonly scratch: string };

async function checkReadModel(log: EventLogReader, { file, live, scratch }: Places, projections: readonly AnyPureProjection[], terminal: Terminal): Promise<readonly Check[]> {
  const name = `read model ${file}`;
  if (live === null) return [new Findings().check(name, 'nothing', 'no such file yet')];
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(live, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    const tables = liveTables(database);
    return [...unknownTables(name, tables, projections), ...(await checkTables(log, database, tables, scratch, projections, terminal))];
  } catch (error) {
    if ((error as { errcode?: number }).errcode === undefined) throw error;
    const findings = new Findings();
    findings.add(`${file} cannot be read: ${(error as Error).message}; it is made anew from the log when the platform starts without it`);
    return [findings.check(name, 'nothing')];
  } finally {
    database?.close();
  }
}

async function checkTables(
  log: EventLogReader,
  live: DatabaseSync,
  tables: readonly LiveTable[],
  scratchFile: string,
  projections: readonly AnyPureProjection[],
  terminal: Terminal,
): Promise<readonly Check[]> {
  const scratchTables = projections.map(scratchTable);
  const dataSource = await openProjectionDatabase(scratchFile, scratchTables);
  try {
    const store = typeormProjectionStore(dataSource, scratchTables);
    const checks: Check[] = [];
    for (const [at, pure] of projections.entries()) {
      const scratch = scratchTables[at];
      const table = tables.find(({ tableName }) => tableName.startsWith(tablePrefix(pure)));
      const name = `projection ${pure.name}`;
      if (table === undefined || scratch === undefined) {
        checks.push(new Findings().check(name, 'nothing', 'not built by this release yet'));
        continue;
      }
      terminal.progress(`rebuilding ${pure.name}`);
      const compared = await compareProjection({ log, live, table, pure, store, scratch, scratchFile });
      const findings = new Findings();
      compared.findings.forEach((finding) => findings.add(finding));
      checks.push(findings.check(name, `${counted(compared.rows, 'row')} at position ${readableCount(compared.checkpoint)}`));
    }
    return checks;
  } finally {
    await dataSource.destroy();
  }
}

/** Each version of a projection, and each shape of its columns, has a table of its own. */
const tablePrefix = ({ name, version }: AnyPureProjection): string => `${name.replaceAll('-', '_')}_v${version}_`;

/** Rows that are served and that nobody could verify are a difference. */
function unknownTables(name: string, tables: readonly LiveTable[], projections: readonly AnyPureProjection[]): readonly Check[] {
  const unknown = tables.filter(({ projection }) => !projections.some((known) => known.name === projection));
  if (unknown.length === 0) return [];
  const findings = new Findings();
  for (const { projection, tableName } of unknown) findings.add(`this release knows no projection ${projection} (table ${tableName})`);
  return [findings.check(name, counted(tables.length, 'table'))];
}
