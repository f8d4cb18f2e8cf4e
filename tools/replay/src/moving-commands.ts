import type { Command } from 'commander';
import { copyLog } from './commands/copy.command.js';
import { exportLog } from './commands/export.command.js';
import { importLog } from './commands/import.command.js';
import { EXIT_CODES, ReplayError } from './exit-codes.js';
import { logPlaceAt } from './log-place.js';
import { parseMoment } from './moment.js';
import { withLog } from './open-log.js';
import { examples, upTo } from './option-values.js';
import type { Invocation } from './replay-program.js';

export function addExport(program: Command, { reading, json, terminal }: Invocation): void {
  program
    .command('export')
    .description('write the log, or a part of it, as lines of JSON that prove themselves: a checksum runs through all of them')
    .option('--to <file>', 'a new file, compressed when its name ends with .gz; "-" is standard output', '-')
    .option('--stream <prefix>', 'only streams whose name begins so; such an export cannot be imported')
    .option('--from <position>', 'begin at this position; such an export cannot be imported', upTo(Number.MAX_SAFE_INTEGER), 1)
    .option('--until <position|time>', 'end with this position, or before the first event after this time')
    .addHelpText('after', examples('export --to history.ndjson.gz', 'export --stream deployment- --until 1000 --to deployments.ndjson', 'export --until "$(date -u +%FT%TZ)" | head -n 3'))
    .action(async ({ to, stream, from, until }: { to: string; stream?: string; from: number; until?: string }) => {
      const range = { streamPrefix: stream ?? null, from, until: until === undefined ? null : parseMoment(until) };
      await reading(({ log: place }) => withLog(place, (log) => exportLog(log, place, { range, to, json: json() }, terminal)));
    });
}

/** What writes, and only to the log that is named for it. */
export function addMoving(program: Command, invocation: Invocation): void {
  const { setExitCode, reading, json, terminal } = invocation;
  program
    .command('import')
    .description('bring a whole export into a log that is empty, or that holds the beginning of the same history')
    .requiredOption('--from <file>', 'an export without --stream and --from, compressed or not; "-" is standard input')
    .addHelpText('after', `\nThe log has to be named by --log: none is written by accident.\n${examples('export --to moved.ndjson', 'import --from moved.ndjson --log sqlite:restored/log.sqlite')}`)
    .action(async ({ from }: { from: string }) => {
      const { log } = program.opts<{ log?: string }>();
      if (log === undefined) throw new ReplayError(EXIT_CODES.usage, 'name the log to import into with --log, such as --log sqlite:restored/log.sqlite');
      setExitCode(await importLog({ from, json: json() }, logPlaceAt(log), terminal));
    });
  program
    .command('copy')
    .description('copy the log as it stands into another one, and prove that both hold the same history; started again, it goes on')
    .option('--from <url>', 'the log to read (default: as for the other commands)')
    .requiredOption('--to <url>', 'the log to write: empty, or holding the beginning of the same history')
    .addHelpText('after', `${COPY_HELP}\n${examples('copy --to sqlite:copied/log.sqlite', 'streams --log sqlite:copied/log.sqlite')}`)
    .action(async ({ from, to }: { from?: string; to: string }) => {
      const target = logPlaceAt(to);
      setExitCode(await reading((installation) => copyLog(installation, target, json(), terminal), from));
    });
}

const COPY_HELP = `
Stop the platform before the last copy when the copy is to take the log's place: what is recorded afterwards is not in it.
SQLite and PostgreSQL keep every position; EventStoreDB gives positions of its own, so read models are built anew there.`;
