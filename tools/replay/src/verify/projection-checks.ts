import * as path from 'node:path';
import type { AnyPureProjection } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import { openProjectionDatabase, typeormProjectionStore } from '@slipway/event-log/read-models';
import { counted, readableCount } from '../readable-text.js';
import type { Installation } from '../installation.js';
import type { Terminal } from '../terminal.js';
import { Findings, type Check } from './check.js';
import { compareProjection, type Comparison } from './compare-projection.js';
import { TableGoneError, type LiveDatabase, type LiveTable } from './live-database.js';
import { openPostgresLiveDatabase } from './postgres-live-database.js';
import { READ_MODELS, scratchTable, type ReadModel } from './read-models.js';
import { openSqliteLiveDatabase } from './sqlite-live-database.js';

/** Rebuilds every projection from the log in a scratch database, and compares it with the rows that are served. */
export async function checkProjections(log: EventLogReader, installation: Installation, terminal: Terminal): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const readModel of READ_MODELS) checks.push(...(await checkReadModel(log, installation, readModel, terminal)));
  terminal.progress(null);
  return checks;
}

async function checkReadModel(log: EventLogReader, installation: Installation, readModel: ReadModel, terminal: Terminal): Promise<readonly Check[]> {
  const { file, schema, projections } = readModel;
  const name = `read model ${'directory' in installation.readModels ? file : schema}`;
  const scratchFile = path.join(installation.scratchDirectory, `rebuilt-${file}`);
  let live: LiveDatabase | null = null;
  try {
    live = await openLive(installation, readModel);
    if (live === null) return [new Findings().check(name, 'nothing', 'directory' in installation.readModels ? 'no such file yet' : 'no such schema yet')];
    const tables = await live.tables();
    return [...unknownTables(name, tables, projections), ...(await checkTables(log, live, tables, scratchFile, projections, terminal))];
  } catch (error) {
    if ((error as { errcode?: number }).errcode === undefined) throw error;
    const findings = new Findings();
    findings.add(`${file} cannot be read: ${(error as Error).message}; it is made anew from the log when the platform starts without it`);
    return [findings.check(name, 'nothing')];
  } finally {
    await live?.[Symbol.asyncDispose]();
  }
}

/** Null when the service has kept nothing yet. */
async function openLive({ readModels, readModelFile }: Installation, { file, schema }: ReadModel): Promise<LiveDatabase | null> {
  if ('databaseUrl' in readModels) return openPostgresLiveDatabase(readModels.databaseUrl, schema);
  const found = readModelFile(readModels.directory, file);
  return found === null ? null : openSqliteLiveDatabase(found);
}

async function checkTables(
  log: EventLogReader,
  live: LiveDatabase,
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
      const own = tables.filter(({ tableName }) => tableName.startsWith(tablePrefix(pure)));
      if (own.length === 0 || scratch === undefined) checks.push(new Findings().check(`projection ${pure.name}`, 'nothing', 'not built by this release yet'));
      else
        for (const table of own) {
          terminal.progress(`rebuilding ${pure.name}`);
          // While a release is rolled out there may be tables of several shapes, each of which is served by somebody.
          const name = own.length === 1 ? `projection ${pure.name}` : `projection ${pure.name} (${table.tableName})`;
          checks.push(await checkTable(name, { log, live, table, pure, store, scratch, scratchFile }));
        }
    }
    return checks;
  } finally {
    await dataSource.destroy();
  }
}

async function checkTable(name: string, comparison: Comparison): Promise<Check> {
  const findings = new Findings();
  try {
    const compared = await compareProjection(comparison);
    compared.findings.forEach((finding) => findings.add(finding));
    return findings.check(name, `${counted(compared.rows, 'row')} at position ${readableCount(compared.checkpoint)}`);
  } catch (error) {
    if (error instanceof TableGoneError) return findings.check(name, 'nothing', 'dropped meanwhile: nobody serves it any more');
    throw error;
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
